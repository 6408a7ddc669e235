import Model
import YAML

/// What both formats of `config` share.
enum OutputText {
  /// The bytes as text, with every `$` doubled if that is wanted.
  static func finish(_ bytes: [UInt8], escapesDollars: Bool) -> String {
    guard escapesDollars, bytes.contains(UInt8(ascii: "$")) else {
      return String(decoding: bytes, as: UTF8.self)
    }
    var doubled: [UInt8] = []
    doubled.reserveCapacity(bytes.count + bytes.count / 8)
    for byte in bytes {
      doubled.append(byte)
      if byte == UInt8(ascii: "$") { doubled.append(byte) }
    }
    return String(decoding: doubled, as: UTF8.self)
  }
}

/// Numbers as the encoders of Go write them.
enum NumberText {
  /// A number of YAML: the shortest digits that mean it, with an exponent from a million on.
  static func yaml(_ number: Double, sourceText: String? = nil) -> String {
    if let whole = wholeNumber(number, sourceText) { return whole }
    if number.isNaN { return ".nan" }
    if number.isInfinite { return number < 0 ? "-.inf" : ".inf" }
    let (sign, digits, exponent) = parts(of: number)
    guard exponent < -4 || exponent >= 6 else { return sign + decimal(digits, exponent) }
    let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
    let power = String(abs(exponent))
    let padding = power.count < 2 ? "0" : ""
    return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(padding)\(power)"
  }

  /// A number of JSON: plain between 1e-6 and 1e21. JSON has no infinity; null stands for it.
  static func json(_ number: Double, sourceText: String? = nil) -> String {
    if let whole = wholeNumber(number, sourceText) { return whole }
    guard number.isFinite else { return "null" }
    return number == 0 && number.sign == .minus ? "-0" : JSON.number(number).text()
  }

  /// A whole number beyond 63 bits is not to lose digits.
  private static func wholeNumber(_ number: Double, _ sourceText: String?) -> String? {
    guard number >= 0x1p63, let sourceText,
      case .number(number) = Node.Content(plainScalar: sourceText)
    else { return nil }
    return UInt64(sourceText).map { String($0) }
  }

  /// The sign, the significant digits, and the power of ten of the first of them.
  private static func parts(of number: Double) -> (sign: String, digits: String, exponent: Int) {
    let sign = number.sign == .minus ? "-" : ""
    let text = "\(number.magnitude)"
    let halves = text.split(separator: "e")
    var exponent = halves.count > 1 ? Int(halves[1]) ?? 0 : 0
    let mantissa = halves[0].split(separator: ".", omittingEmptySubsequences: false)
    let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
    var digits = mantissa[0] + fraction
    exponent += mantissa[0].count - 1
    while digits.count > 1, digits.first == "0" {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    return (sign, String(digits), digits == "0" ? 0 : exponent)
  }

  private static func decimal(_ digits: String, _ exponent: Int) -> String {
    if exponent < 0 { return "0." + String(repeating: "0", count: -exponent - 1) + digits }
    if digits.count <= exponent + 1 {
      return digits + String(repeating: "0", count: exponent + 1 - digits.count)
    }
    return digits.prefix(exponent + 1) + "." + digits.dropFirst(exponent + 1)
  }
}
