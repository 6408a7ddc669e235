import Model
import YAML

/// Where an element of the project and its parts were written, so that an error found while
/// running still points at a line of the file.
package struct SourceMap: Sendable {
  let path: NodePath
  let node: Node
  private let keyMark: Mark

  /// The places of an element that stands at `path` of the loaded file.
  init(path: NodePath, keyMark: Mark, node: Node) {
    self.path = path
    self.keyMark = keyMark
    self.node = node
  }

  /// The places of an element that no file wrote, such as a default network.
  package init() { self.init(path: NodePath(), keyMark: .none, node: Node(.null)) }

  /// The place of the element itself: its key in the file.
  package var location: SourceLocation? { keyMark.location }

  /// The place of a part, such as `ports[0]` or `environment.DEBUG`; when that part is not in the
  /// file, the nearest one around it.
  package func location(of part: String) -> SourceLocation? { find(part).mark.location }

  /// A message about a part of the element, with its place, line and full path.
  package func diagnostic(
    _ severity: Diagnostic.Severity, _ message: String, part: String = "",
    hint: String? = nil, notes: [Diagnostic.Note] = []
  ) -> Diagnostic {
    let (mark, path) = find(part)
    return mark.diagnostic(severity, message, path: path, hint: hint, notes: notes)
  }

  /// True when the file has a part.
  package func has(_ part: String) -> Bool {
    let components = Self.components(of: part)
    return find(part).path.count == path.count + components.count
  }

  /// How many elements the list at a part has that the file has; 0 for what is no list.
  package func elementCount(of part: String) -> Int {
    part.split(separator: ".").reduce(Optional(node)) { $0?[String($1)] }?.sequence?.count ?? 0
  }

  private func find(_ part: String) -> (mark: Mark, path: NodePath) {
    var mark = keyMark
    var path = path
    var node = node
    let components = Self.components(of: part)
    for (position, component) in components.enumerated() {
      let child: (mark: Mark, node: Node)? =
        switch component {
        case .key(let key): node.mapping?.entry(key).map { ($0.keyMark, $0.value) }
        case .index(let index): node[index].map { ($0.mark, $0) }
        }
      guard let child else {
        // The options of drivers are keys with dots.
        let rest = components[position...].compactMap { component in
          if case .key(let key) = component { key } else { nil }
        }.joined(separator: ".")
        guard let entry = node.mapping?.entry(rest) else { break }
        if entry.keyMark.location != nil { mark = entry.keyMark }
        return (mark, path.appending(.key(rest)))
      }
      // A part that came from a default has no place of its own.
      if child.mark.location != nil { mark = child.mark }
      path = path.appending(component)
      node = child.node
    }
    return (mark, path)
  }

  private static func components(of part: String) -> [NodePath.Component] {
    part.split(separator: ".").flatMap { step -> [NodePath.Component] in
      let pieces = step.split(separator: "[")
      let indices = pieces.dropFirst().compactMap { Int($0.prefix { $0 != "]" }) }
      return pieces.prefix(1).map { .key(String($0)) } + indices.map { .index($0) }
    }
  }
}
