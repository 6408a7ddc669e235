import Model
import YAML

/// The text of a scalar where a string is wanted: as Go's `%v` writes it, because that is what the
/// rest of the world prints for `1.10` or `1e30`.
enum GoText {
  /// The text of a node; empty for an empty one and for lists and maps.
  static func of(_ node: Node) -> String {
    switch node.value {
    case .null, .sequence, .mapping: ""
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): of(value, sourceText: node.sourceText)
    case .string(let value): value
    }
  }

  /// The text of a number; `sourceText` tells whole numbers beyond 64 bits with a sign.
  static func of(_ number: Double, sourceText: String? = nil) -> String {
    if let sourceText, let whole = UInt64(sourceText) { return String(whole) }
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
    if number == 0 { return number.sign == .minus ? "-0" : "0" }
    let magnitude = abs(number)
    let hasExponent = magnitude < 1e-4 || magnitude >= 1e21
    return hasExponent ? scientific(number) : JSON.number(number).text()
  }

  /// At least two digits of exponent: `1e-05`.
  private static func scientific(_ number: Double) -> String {
    // Swift writes 0.00001 as "1e-05", and 1e+21 as "1e+21".
    var text = "\(number)"
    text.replace(".0e", with: "e")
    return text
  }
}
