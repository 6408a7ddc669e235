import Model

extension Node {
  /// True for null.
  package var isNull: Bool { if case .null = value { true } else { false } }

  /// True when this is neither a list nor a map.
  package var isScalar: Bool {
    switch value {
    case .sequence, .mapping: false
    default: true
    }
  }

  /// The string, if this is one.
  package var stringValue: String? { if case .string(let value) = value { value } else { nil } }

  /// The integer, if this is one.
  package var integerValue: Int64? { if case .integer(let value) = value { value } else { nil } }

  /// The number, if this is one or an integer.
  package var numberValue: Double? {
    switch value {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The boolean, if this is one.
  package var boolValue: Bool? { if case .bool(let value) = value { value } else { nil } }

  /// The text of a scalar as a reader of the model sees it: `010` is "8", null is "".
  package var scalarText: String? {
    switch value {
    case .null: ""
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): JSON.number(value).text()
    case .string(let value): value
    case .sequence, .mapping: nil
    }
  }

  /// The scalar as it was written: the source text of a number, the value of a string.
  package var writtenText: String? { sourceText ?? scalarText }

  /// Which variables are to blame when this scalar is not what it should be, as a half-sentence:
  /// "`DATA` is empty in `${DATA}:/data`"; nil when no variable in it was empty.
  package var emptyVariables: String? {
    var names: [String] = []
    for substitution in substitutions where substitution.isEmpty {
      let name = "`\(substitution.name)`"
      if !names.contains(name) { names.append(name) }
    }
    guard let last = names.popLast(), let text = sourceText else { return nil }
    guard !names.isEmpty else { return "\(last) is empty in `\(text)`" }
    return "\(names.joined(separator: ", ")) and \(last) are empty in `\(text)`"
  }

  /// What kind of value this is, for messages: "a list", "a map", "a string", …
  package var kind: String {
    switch value {
    case .null: "empty"
    case .bool: "a boolean"
    case .integer, .number: "a number"
    case .string: "a string"
    case .sequence: "a list"
    case .mapping: "a map"
    }
  }

  /// The elements, if this is a list. Changing an element changes the node in place.
  package var sequence: [Node]? {
    get { if case .sequence(let elements) = value { elements } else { nil } }
    _modify {
      var held = takeSequence()
      defer { if let held { value = .sequence(held) } }
      yield &held
    }
  }

  /// The map, if this is one. Changing an entry changes the node in place.
  package var mapping: Mapping? {
    get { if case .mapping(let mapping) = value { mapping } else { nil } }
    _modify {
      var held = takeMapping()
      defer { if let held { value = .mapping(held) } }
      yield &held
    }
  }

  /// Changes every element of a list in place, in order; does nothing when this is not a list.
  package mutating func updateElements<Failure: Error>(
    _ change: (_ position: Int, _ element: inout Node) throws(Failure) -> Void
  ) throws(Failure) {
    guard var elements = takeSequence() else { return }
    defer { value = .sequence(elements) }
    for position in elements.indices { try change(position, &elements[position]) }
  }

  // The value is moved out while it is changed: otherwise every change would copy the collection.
  private mutating func takeSequence() -> [Node]? {
    guard case .sequence(let elements) = value else { return nil }
    value = .null
    return elements
  }

  private mutating func takeMapping() -> Mapping? {
    guard case .mapping(let mapping) = value else { return nil }
    value = .null
    return mapping
  }

  /// The value at `key` of a map; nil when absent or when this is not a map.
  ///
  /// Setting makes an entry at the end, replaces the value of an existing one in its place, or
  /// with nil removes it. Setting on something that is not a map has no effect.
  package subscript(key: String) -> Node? {
    get { if case .mapping(let mapping) = value { mapping[key] } else { nil } }
    _modify {
      if var held = takeMapping() {
        defer { value = .mapping(held) }
        yield &held[key]
      } else {
        var nothing: Node?
        yield &nothing
      }
    }
  }

  /// The element at `position` of a list; nil when absent or when this is not a list.
  package subscript(position: Int) -> Node? {
    guard case .sequence(let elements) = value, elements.indices.contains(position) else {
      return nil
    }
    return elements[position]
  }

  /// The node at `path`, counted from here.
  package subscript(path: NodePath) -> Node? {
    var node = self
    for component in path.components {
      let child =
        switch component {
        case .key(let key): node[key]
        case .index(let position): node[position]
        }
      guard let child else { return nil }
      node = child
    }
    return node
  }

  /// A message about this node.
  package func diagnostic(
    _ severity: Diagnostic.Severity = .error, _ message: String, path: NodePath = NodePath(),
    hint: String? = nil, notes: [Diagnostic.Note] = []
  ) -> Diagnostic {
    mark.diagnostic(severity, message, path: path, hint: hint, notes: notes)
  }

  /// A note that points to this node.
  package func note(_ message: String) -> Diagnostic.Note { mark.note(message) }
}
