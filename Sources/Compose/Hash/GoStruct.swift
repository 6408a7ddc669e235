import Model
import YAML

/// How Docker Compose writes one kind of map: its keys in the order of a Go struct, and which of
/// them are left out when they hold nothing. The hash depends on both.
struct GoStruct: Sendable {
  /// One key.
  struct Field: Sendable {
    /// The key of the file.
    var key: String
    /// The key that is written.
    var written: String
    /// How the value is written.
    var form: Form
    /// When the key is written.
    var presence: Presence
  }

  /// When a key is written.
  enum Presence: Sendable {
    /// When its value is not the empty one of its type.
    case unlessEmpty
    /// When the file has it.
    case ifGiven
    /// Always.
    case always
  }

  /// How a value is written.
  indirect enum Form: Sendable {
    case text
    case flag
    case integer
    /// A number of single precision.
    case number
    /// Bytes, as a decimal text.
    case size
    case duration
    /// Permission bits, as an octal text.
    case mode
    case texts
    /// Null when it is not given.
    case command
    /// A map of scalars, sorted by key.
    case map(nullable: Bool)
    case mapOfTexts
    case structure(GoStruct)
    case structures(GoStruct)
    case mapOfStructures(GoStruct)
    /// One number, or a soft and a hard one.
    case limits
    case envFiles
  }

  var fields: [Field]

  init(_ fields: [Field]) { self.fields = fields }

  /// The members that are written for a map; those of an empty one for anything else.
  func encode(_ node: Node) -> JSON {
    var object = JSONObject()
    for field in fields {
      let value = node[field.key].flatMap { $0.isNull ? nil : $0 }
      if let json = field.encode(value) { object[field.written] = json }
    }
    return .object(object)
  }
}

extension GoStruct.Field {
  fileprivate func encode(_ value: Node?) -> JSON? {
    switch presence {
    case .unlessEmpty:
      guard let value, !form.isEmpty(value) else { return nil }
      return form.encode(value)
    case .ifGiven: return value.map(form.encode)
    case .always: return value.map(form.encode) ?? form.emptyValue
    }
  }
}

extension GoStruct.Form {
  fileprivate var emptyValue: JSON {
    switch self {
    case .structure(let form): form.encode(Node(.null))
    case .text: .string("")
    case .integer, .number: .integer(0)
    case .size: .string("0")
    default: .null
    }
  }

  fileprivate func isEmpty(_ node: Node) -> Bool {
    switch self {
    case .text, .mode: return node.scalarText?.isEmpty ?? true
    case .flag: return node.boolValue != true
    case .integer, .size: return Self.numberText(node) == "0"
    case .number: return Self.number(node).doubleValue == 0
    case .duration: return Self.duration(node) == "0s"
    case .command: return false
    case .texts, .structures, .envFiles: return node.sequence?.isEmpty ?? node.isNull
    case .map, .mapOfTexts, .mapOfStructures, .limits: return node.mapping?.isEmpty ?? true
    case .structure: return false
    }
  }

  fileprivate func encode(_ node: Node) -> JSON {
    switch self {
    case .text: .string(node.scalarText ?? "")
    case .flag: .bool(node.boolValue ?? false)
    case .integer: Int64(Self.numberText(node)).map(JSON.integer) ?? .integer(0)
    case .number: Self.number(node)
    case .size: .string(Self.numberText(node))
    case .duration: .string(Self.duration(node))
    case .mode: .string(Self.mode(node))
    case .texts, .command: .array(Self.texts(node))
    case .map(let nullable): Self.map(node) { $0.isNull && nullable ? .null : Self.text($0) }
    case .mapOfTexts: Self.map(node) { .array(Self.texts($0)) }
    case .structure(let form): form.encode(node)
    case .structures(let form): .array(node.sequence?.map(form.encode) ?? [])
    case .mapOfStructures(let form): Self.map(node) { $0.isNull ? .null : form.encode($0) }
    case .limits: Self.map(node, Self.limit)
    case .envFiles: .array(node.sequence?.map(Self.envFile) ?? [])
    }
  }

  private static func text(_ node: Node) -> JSON { .string(node.scalarText ?? "") }

  private static func texts(_ node: Node) -> [JSON] {
    node.sequence?.map(text) ?? [text(node)]
  }

  private static func map(_ node: Node, _ convert: (Node) -> JSON) -> JSON {
    let entries = node.mapping?.entries ?? []
    let sorted = entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    return .object(JSONObject(sorted.map { ($0.key, convert($0.value)) }))
  }

  /// A whole number, given as one or as a size, in decimal digits.
  private static func numberText(_ node: Node) -> String {
    if let integer = node.integerValue { return String(integer) }
    guard let text = node.scalarText else { return "0" }
    if Int64(text) != nil { return text }
    return (try? ByteSize.parse(text)).map { String($0) } ?? text
  }

  // Single precision has fewer digits: 0.1 must not become 0.10000000149011612.
  private static func number(_ node: Node) -> JSON {
    let value = node.numberValue ?? node.scalarText.flatMap { Double($0) } ?? 0
    return .number(Double("\(Float(value))") ?? value)
  }

  private static func duration(_ node: Node) -> String {
    let text = node.scalarText ?? ""
    return (try? DurationText.parse(text)).map(DurationText.format) ?? text
  }

  private static func mode(_ node: Node) -> String {
    let bits = node.integerValue.flatMap { UInt32(exactly: $0) }
    return bits.map(FileModeText.format) ?? node.scalarText ?? ""
  }

  private static func limit(_ node: Node) -> JSON {
    node.mapping == nil ? Self.integer.encode(node) : GoStruct.softAndHard.encode(node)
  }

  // An env file of which nothing but the path is said is written as a text.
  private static func envFile(_ node: Node) -> JSON {
    guard node.mapping != nil else { return text(node) }
    let isOptional = node["required"]?.boolValue == false
    let format = node["format"]?.scalarText ?? ""
    let path = JSON.string(node["path"]?.scalarText ?? "")
    guard isOptional || !format.isEmpty else { return path }
    var object = JSONObject([("path", path)])
    if isOptional { object["required"] = false }
    if !format.isEmpty { object["format"] = .string(format) }
    return .object(object)
  }
}
