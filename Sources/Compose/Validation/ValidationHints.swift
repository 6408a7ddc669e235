import Model
import YAML

/// What the user may have meant by something that does not fit the specification.
enum ValidationHints {
  /// The message for a key that a map does not have.
  static func unknownKey(
    _ entry: Mapping.Entry, in section: Section, of mapping: Mapping, _ path: NodePath
  ) -> Diagnostic {
    if let strange = StrangeCharacters.message(about: entry.key, at: entry.keyMark, path) {
      return strange
    }
    return entry.keyMark.diagnostic(
      .error, "\(section.name) has no key `\(entry.key)`", path: path,
      hint: hint(for: entry, in: section, of: mapping))
  }

  private static func hint(
    for entry: Mapping.Entry, in section: Section, of mapping: Mapping
  ) -> String? {
    if let moved = movedKeys[section.name]?[entry.key] { return moved }
    if section === Section.service, let hint = KeyMeanings.hint(for: entry.key) { return hint }
    // Of two equally near keys one that is not there yet is meant.
    let free = section.fields.map(\.key).filter { !mapping.contains($0) }.sorted()
    if let near = Suggestion.nearest(to: entry.key, in: free) { return "did you mean `\(near)`?" }
    if let real = KeyMeanings.real(entry.key), free.contains(real) {
      return "did you mean `\(real)`?"
    }
    if section.name == "a Compose file", entry.value["image"] != nil || entry.value["build"] != nil
    {
      return "a service belongs below `services:`; indent it by two blanks"
    }
    if let owner = owner(of: entry.key, besides: section.name) {
      return "`\(entry.key)` is a key of \(owner); is the indentation right?"
    }
    return "keys of your own begin with `x-`"
  }

  /// Keys that other versions of the file format had, or that stand elsewhere.
  private static let movedKeys: [String: [String: String]] = [
    "a service": [
      "net": "it is called `network_mode` today",
      "log_driver": "it is called `logging: driver` today",
      "log_opt": "it is called `logging: options` today",
      "volume_driver": "it is set as `driver` of a volume below the top-level `volumes`",
      "dockerfile": "it belongs below `build:`",
      "context": "it belongs below `build:`",
      "args": "it belongs below `build:`",
      "replicas": "it belongs below `deploy:`, or use `scale`",
      "resources": "it belongs below `deploy:`",
      "limits": "it belongs below `deploy: resources:`",
      "interval": "it belongs below `healthcheck:`",
      "driver": "it belongs to a top-level network or volume, or below `logging:`",
    ],
    "a healthcheck": [
      "cmd": "it is called `test`",
      "command": "it is called `test`",
    ],
    "a use of a network": [
      "alias": "did you mean `aliases`?",
      "ip": "it is called `ipv4_address`",
    ],
    "a mount": [
      "src": "did you mean `source`?",
      "dst": "did you mean `target`?",
      "destination": "did you mean `target`?",
      "readonly": "did you mean `read_only`?",
    ],
    "a Compose file": [
      "service": "did you mean `services`?",
      "image": "it belongs to a service below `services:`",
    ],
    "deploy": [
      "limits": "it belongs below `resources:`",
      "cpus": "it belongs below `resources: limits:`",
      "memory": "it belongs below `resources: limits:`",
    ],
  ]

  private static func owner(of key: String, besides name: String) -> String? {
    let owners: [Section] = [.service, .build, .deploy, .file]
    return owners.first { $0.name != name && $0.field(key) != nil }?.name
  }

  /// The hint for a key that must be there.
  static func missingKey(_ key: String, in section: Section, _ path: NodePath) -> String? {
    if case .scalar(let schema)? = section.field(key)?.kind.schema, !schema.words.isEmpty {
      let words = schema.words.joined(separator: ", ")
      return "add `\(key):` with one of \(words)"
    }
    if section.name == "a limit", case .key(let name) = path.lastComponent {
      return "write both `soft` and `hard`, or one number for both, such as `\(name): 1024`"
    }
    return nil
  }

  /// The hint for a value of a wrong kind.
  static func wrongKind(_ node: Node, expected: Schema, _ path: NodePath) -> String? {
    if let hint = ShapeHints.hint(for: node, at: path) { return hint }
    switch node.value {
    case .null: return "give it a value, or remove the key"
    case .integer(let value) where (0...1).contains(value) && expected.isFlag:
      return "write `\(value == 1)`"
    case .integer, .number, .bool:
      if expected.isDuration { return "give it a unit: \(node.writtenText ?? "10")s" }
      guard expected.takesText else { return wrap(node, expected, path) }
      return "write it in quotes: \"\(node.writtenText ?? "")\""
    case .mapping(let mapping):
      guard let entry = mapping.entries.first, mapping.count == 1 else { return nil }
      return pair(entry, expected, path)
    case .string: return wrap(node, expected, path)
    case .sequence: return nil
    }
  }

  /// `- KEY: value` and `- src: dst` inside a list of strings.
  private static func pair(
    _ entry: Mapping.Entry, _ expected: Schema, _ path: NodePath
  ) -> String? {
    guard case .index = path.lastComponent, expected.takesKind(of: .string("")),
      let value = entry.value.writtenText
    else { return nil }
    let usesEquals = path.parent?.lastComponent.map { assignmentKeys.contains($0) } ?? false
    let text = usesEquals ? "\(entry.key)=\(value)" : "\(entry.key):\(value)"
    return "a blank after the colon makes this a map; write \"\(text)\""
  }

  private static let assignmentKeys: Set<NodePath.Component> = Set(
    KeyTable.standard.rows.filter(\.field.kind.takesAssignments).map { .key($0.field.key) })

  private static func wrap(_ node: Node, _ expected: Schema, _ path: NodePath) -> String? {
    guard let text = node.writtenText, !text.isEmpty, case .key(let key) = path.lastComponent
    else { return nil }
    if expected.takesKind(of: .sequence([])) { return "write it as a list: \(key): [\(text)]" }
    return nil
  }
}
