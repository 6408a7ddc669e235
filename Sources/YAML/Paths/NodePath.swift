/// The way from the top of a document to a node, such as `services.web.ports[0]`.
///
/// A path shares all of its components with the path it was made from, so that a walk over a
/// document may make one for every node.
package struct NodePath: Sendable {
  /// One step.
  package enum Component: Sendable, Hashable {
    case key(String)
    case index(Int)
  }

  private final class Step: Sendable {
    let parent: Step?
    let component: Component

    init(parent: Step?, component: Component) {
      self.parent = parent
      self.component = component
    }
  }

  private var last: Step?
  /// The number of components.
  package private(set) var count: Int

  /// The path of the top of a document.
  package init() {
    last = nil
    count = 0
  }

  /// Makes a path.
  package init(_ components: some Sequence<Component>) {
    self.init()
    for component in components { self = appending(component) }
  }

  /// The path of the child that `component` leads to.
  package func appending(_ component: Component) -> NodePath {
    var path = self
    path.last = Step(parent: last, component: component)
    path.count += 1
    return path
  }

  /// The path of the child at `key`.
  package func appending(_ key: String) -> NodePath { appending(.key(key)) }
  /// The path of the element at `index`.
  package func appending(_ index: Int) -> NodePath { appending(.index(index)) }

  /// True for the top of a document.
  package var isEmpty: Bool { last == nil }

  /// The last component; nil for the top.
  package var lastComponent: Component? { last?.component }

  /// The path without its last component; nil for the top.
  package var parent: NodePath? {
    guard let last else { return nil }
    var path = self
    path.last = last.parent
    path.count -= 1
    return path
  }

  /// The components from the top.
  package var components: [Component] {
    var reversed: [Component] = []
    reversed.reserveCapacity(count)
    var step = last
    while let current = step {
      reversed.append(current.component)
      step = current.parent
    }
    return reversed.reversed()
  }
}

extension NodePath: Hashable {
  /// Compares the components.
  package static func == (left: Self, right: Self) -> Bool {
    left.count == right.count && left.components == right.components
  }

  /// Hashes the components.
  package func hash(into hasher: inout Hasher) { hasher.combine(components) }
}

extension NodePath: ExpressibleByArrayLiteral, ExpressibleByStringLiteral, CustomStringConvertible {
  /// Makes a path, for instance `["services", "web", "ports", 0]`.
  package init(arrayLiteral components: Component...) { self.init(components) }

  /// Makes a path of keys separated by dots, for instance `"services.web.image"`.
  package init(stringLiteral text: String) {
    self.init(text.isEmpty ? [] : text.split(separator: ".").map { .key(String($0)) })
  }

  /// The path as messages show it: `services.web.ports[0]`.
  package var description: String {
    var text = ""
    for component in components {
      switch component {
      case .key(let key): text += text.isEmpty ? key : ".\(key)"
      case .index(let index): text += "[\(index)]"
      }
    }
    return text
  }
}

extension NodePath.Component: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  /// Makes a key.
  package init(stringLiteral key: String) { self = .key(key) }
  /// Makes an index.
  package init(integerLiteral index: Int) { self = .index(index) }
}
