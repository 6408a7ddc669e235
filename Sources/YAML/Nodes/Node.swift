import Model

/// One value of a YAML document, with the place where it was written.
///
/// A node is a value: a copy is cheap and shares its children until one of the two changes. Nodes
/// keep their own place when they are merged, included, extended or reached through an alias.
/// Two nodes are equal when they mean the same, wherever and however they were written.
package struct Node: Sendable {
  /// What a node holds.
  package enum Content: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case sequence([Node])
    case mapping(Mapping)
  }

  /// How a scalar was written.
  package enum Style: UInt8, Sendable {
    case plain
    case singleQuoted
    case doubleQuoted
    case literal
    case folded
  }

  // The order of these makes a node 48 bytes long.

  /// What it holds.
  package var value: Content
  /// The tag that steers merging, such as `!reset`.
  package var tag: Tag?
  /// How the scalar was written; `plain` for collections.
  package var style: Style
  /// Where it was written.
  package var mark: Mark
  /// What the file says in place of the value, if that is something else.
  private var origin: ScalarOrigin?

  /// Makes a node.
  package init(
    _ value: Content, at mark: Mark = .none, sourceText: String? = nil, tag: Tag? = nil,
    style: Style = .plain
  ) {
    self.value = value
    self.mark = mark
    origin = sourceText.map { ScalarOrigin(text: $0, substitutions: []) }
    self.tag = tag
    self.style = style
  }

  /// The place for a message; nil when no file wrote the node.
  package var location: SourceLocation? { mark.location }

  /// The text of a null, boolean or number as it stood in the file (`0x10`, `1.10`), or of any
  /// scalar before its variables were replaced (`${DATA}:/data`); nil when the value says it all.
  package var sourceText: String? { origin?.text }

  /// The variables that were replaced in this scalar, in order.
  package var substitutions: [Substitution] { origin?.substitutions ?? [] }

  /// Sets what replacing variables in `text` made of this scalar.
  package mutating func interpolate(
    _ text: String, to value: Content, substitutions: [Substitution]
  ) {
    self.value = value
    origin = ScalarOrigin(text: text, substitutions: substitutions)
  }
}

/// One variable that was replaced in a scalar.
package struct Substitution: Sendable, Hashable {
  /// The variable's name.
  package var name: String
  /// The value it had; nil when it was not set.
  package var value: String?

  /// Makes a substitution.
  package init(name: String, value: String?) {
    self.name = name
    self.value = value
  }

  /// True when the variable was not set, or set to nothing.
  package var isEmpty: Bool { value?.isEmpty ?? true }
}

/// Behind a reference, because few nodes have one and every node pays for its size.
private final class ScalarOrigin: Sendable {
  let text: String
  let substitutions: [Substitution]

  init(text: String, substitutions: [Substitution]) {
    self.text = text
    self.substitutions = substitutions
  }
}

/// The tags that steer merging. Other tags only choose how a scalar is read.
///
/// Source: Compose specification, "Merge and override".
package enum Tag: UInt8, Sendable {
  /// `!reset`: the key is removed.
  case reset
  /// `!override`: the value replaces what it would be merged with.
  case override
}

extension Node: Hashable {
  /// Compares what the nodes hold and their tags; places and styles do not count.
  package static func == (left: Self, right: Self) -> Bool {
    left.value == right.value && left.tag == right.tag
  }

  /// Hashes what the node holds.
  package func hash(into hasher: inout Hasher) { hasher.combine(value) }
}

// MARK: - Making nodes

extension Node {
  /// The null value.
  package static func null(at mark: Mark = .none) -> Node { Node(.null, at: mark) }
  /// A boolean.
  package static func bool(_ value: Bool, at mark: Mark = .none) -> Node {
    Node(.bool(value), at: mark)
  }
  /// An integer.
  package static func integer(_ value: Int64, at mark: Mark = .none) -> Node {
    Node(.integer(value), at: mark)
  }
  /// A number with a fraction.
  package static func number(_ value: Double, at mark: Mark = .none) -> Node {
    Node(.number(value), at: mark)
  }
  /// A string.
  package static func string(_ value: String, at mark: Mark = .none) -> Node {
    Node(.string(value), at: mark)
  }
  /// A list.
  package static func sequence(_ elements: [Node], at mark: Mark = .none) -> Node {
    Node(.sequence(elements), at: mark)
  }
  /// A map.
  package static func mapping(_ mapping: Mapping, at mark: Mark = .none) -> Node {
    Node(.mapping(mapping), at: mark)
  }
  /// A map of the given entries, each at `mark`.
  package static func mapping(
    _ entries: KeyValuePairs<String, Node>, at mark: Mark = .none
  ) -> Node {
    var mapping = Mapping()
    for (key, value) in entries { mapping.set(key, value, keyMark: mark) }
    return Node(.mapping(mapping), at: mark)
  }

  /// The same place, tag and style with another value.
  package func replacing(_ value: Content) -> Node {
    Node(value, at: mark, sourceText: nil, tag: tag, style: style)
  }
}

extension Node: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByNilLiteral, ExpressibleByFloatLiteral
{
  /// Makes a string.
  package init(stringLiteral value: String) { self.init(.string(value)) }
  /// Makes an integer.
  package init(integerLiteral value: Int64) { self.init(.integer(value)) }
  /// Makes a boolean.
  package init(booleanLiteral value: Bool) { self.init(.bool(value)) }
  /// Makes a number.
  package init(floatLiteral value: Double) { self.init(.number(value)) }
  /// Makes a list.
  package init(arrayLiteral elements: Node...) { self.init(.sequence(elements)) }
  /// Makes a map.
  package init(dictionaryLiteral elements: (String, Node)...) {
    self.init(.mapping(Mapping(elements)))
  }
  /// Makes the null value.
  package init(nilLiteral: ()) { self.init(.null) }
}
