import Model

/// Finds the type of a scalar, as the reader that Compose files are written for does it: the
/// booleans and nulls of YAML 1.2, the numbers of YAML 1.1 and 1.2.
///
/// A date stays a string: nothing in a Compose file is a date.
struct ScalarResolver {
  /// The tag and the text do not fit.
  struct Mismatch: Error, CustomStringConvertible {
    var tag: String
    var text: String

    var description: String { "`\(text)` does not fit the tag \(tag)" }

    func diagnostic(at mark: Mark) -> Diagnostic {
      let expected = ScalarResolver.names[tag] ?? tag
      return mark.diagnostic(
        .error, "the tag says \(expected), but `\(text)` is none",
        hint: "remove the tag, or correct the value")
    }
  }

  let text: UnsafeBufferPointer<UInt8>
  let tag: String?
  let isPlain: Bool

  private static let prefix = "tag:yaml.org,2002:"
  static let mergeTag = prefix + "merge"
  static let names = [
    prefix + "int": "an integer (!!int)", prefix + "float": "a number (!!float)",
    prefix + "bool": "true or false (!!bool)", prefix + "null": "null (!!null)",
    prefix + "binary": "base64 text (!!binary)",
  ]

  func resolve() throws(Mismatch) -> Node.Content {
    guard let tag else { return isPlain ? plainContent() : .string(string) }
    guard tag.hasPrefix(Self.prefix) else { return .string(string) }
    let content = plainContent()
    switch (tag.dropFirst(Self.prefix.count), content) {
    case ("int", .integer), ("float", .number), ("bool", .bool), ("null", .null):
      return content
    case ("float", .integer(let value)): return .number(Double(value))
    case ("int", _), ("float", _), ("bool", _), ("null", _):
      throw Mismatch(tag: tag, text: string)
    case ("binary", _):
      guard let bytes = Base64.decode(text), let decoded = String(validating: bytes, as: UTF8.self)
      else { throw Mismatch(tag: tag, text: string) }
      return .string(decoded)
    default: return .string(string)
    }
  }

  private var string: String { String(decoding: text, as: UTF8.self) }

  /// The content of a scalar without a tag. Nearly all are told to be strings by their first byte.
  func plainContent() -> Node.Content {
    guard let first = text.first else { return .null }
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."):
      return NumberSyntax.parse(text) ?? .string(string)
    case UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "f"), UInt8(ascii: "F"),
      UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "~"):
      let string = string
      return Self.words[string] ?? .string(string)
    default:
      return .string(string)
    }
  }

  private static let words: [String: Node.Content] = [
    "true": .bool(true), "True": .bool(true), "TRUE": .bool(true),
    "false": .bool(false), "False": .bool(false), "FALSE": .bool(false),
    "null": .null, "Null": .null, "NULL": .null, "~": .null,
  ]
}
