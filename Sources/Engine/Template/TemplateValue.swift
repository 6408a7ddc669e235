import Model

/// A value while a template runs.
typealias TemplateValue = JSON

extension JSON {
  /// The text a template prints for this value, as Go's %v does.
  package var templateText: String {
    switch self {
    case .null: "<no value>"
    case .bool(let flag): String(flag)
    case .integer(let number): String(number)
    case .number: text()
    case .string(let string): string
    case .array(let elements): "[" + elements.map(\.templateText).joined(separator: " ") + "]"
    case .object(let object):
      "map["
        + object.members.sorted { $0.key < $1.key }
        .map { "\($0.key):\($0.value.templateText)" }.joined(separator: " ") + "]"
    }
  }

  /// False for null, false, zero and everything empty.
  var templateTruth: Bool {
    switch self {
    case .null: false
    case .bool(let flag): flag
    case .integer(let number): number != 0
    case .number(let number): number != 0
    case .string(let string): !string.isEmpty
    case .array(let elements): !elements.isEmpty
    case .object(let object): !object.isEmpty
    }
  }
}
