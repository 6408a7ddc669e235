import YAML

/// The type that a scalar must have at a path, and how a text becomes one.
///
/// A variable's value is always text, and so is a number in quotes: both are cast where the model
/// asks for another type.
enum ScalarCast: Sendable {
  case boolean
  case integer
  case number

  /// What is expected, for messages.
  var expectation: String {
    switch self {
    case .boolean: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    }
  }

  /// What became of a text.
  enum Result: Equatable {
    case value(Node.Content)
    /// A boolean that is none in YAML 1.2, such as `yes`.
    case oldBoolean(Bool)
    case mismatch
  }

  /// Casts a text. White space around it is not skipped.
  func cast(_ text: String) -> Result {
    switch self {
    case .boolean: Self.castBoolean(text)
    case .integer: Self.castInteger(text)
    case .number: Self.castNumber(text)
    }
  }

  /// What may have been meant with a text that cannot be cast: a number with another comma or with a
  /// unit of its own.
  func hint(for text: String) -> String? {
    if self == .boolean { return "write `true` or `false`" }
    let point = String(text.map { $0 == "," ? "." : $0 })
    if self == .number, point != text, case .value = cast(point) { return "write `\(point)`" }
    return nil
  }

  private static func castBoolean(_ text: String) -> Result {
    switch text.lowercased() {
    case "true": .value(.bool(true))
    case "false": .value(.bool(false))
    case "y", "yes", "on": .oldBoolean(true)
    case "n", "no", "off": .oldBoolean(false)
    default: .mismatch
    }
  }

  // Decimal only: a leading zero means nothing here, unlike in a plain YAML number.
  private static func castInteger(_ text: String) -> Result {
    Int64(text).map { .value(.integer($0)) } ?? .mismatch
  }

  private static func castNumber(_ text: String) -> Result {
    if case .value(let integer) = castInteger(text) { return .value(integer) }
    guard let text = UnderscoredNumber.plain(text) else { return .mismatch }
    let isNumeric = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
        UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
        true
      default: false
      }
    }
    guard isNumeric, let value = Double(completed(text)), value.isFinite else { return .mismatch }
    return .value(Int64(exactly: value).map { .integer($0) } ?? .number(value))
  }

  /// Gives `.5` and `5.` the digit that Swift wants to see.
  private static func completed(_ text: String) -> String {
    var text = text
    if text.hasSuffix(".") { text += "0" }
    let unsigned = text.drop { $0 == "+" || $0 == "-" }
    guard unsigned.first == "." else { return text }
    return (text.hasPrefix("-") ? "-0" : "0") + unsigned
  }
}
