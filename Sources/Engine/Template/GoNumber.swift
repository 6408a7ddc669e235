import Glibc

extension GoFormat {
  /// A finite number by `%e`, `%f`, `%g` and their like; nil for another verb. Without a precision,
  /// `%g` and `%v` use as many digits as tell the number from its neighbours.
  ///
  /// Source: Go, strconv/ftoa.go.
  static func number(
    _ number: Double, _ verb: Unicode.Scalar, precision: Int?, sharp: Bool
  ) -> String? {
    switch verb {
    case "v", "g", "G":
      if precision == nil {
        let text = sharp ? withPoint(shortest(number)) : shortest(number)
        return verb == "G" ? text.uppercased() : text
      }
      return formatted(number, verb == "v" ? "g" : verb, precision ?? 6, sharp)
    case "e", "E", "f": return formatted(number, verb, precision ?? 6, sharp)
    case "F": return formatted(number, "f", precision ?? 6, sharp)
    case "b": return binary(number)
    case "x", "X": return hexadecimal(number, verb, precision)
    default: return nil
    }
  }

  /// As C does it, which is as Go does it where a precision is given.
  private static func formatted(
    _ number: Double, _ verb: Unicode.Scalar, _ precision: Int, _ sharp: Bool
  ) -> String {
    let format = "%\(sharp ? "#" : "").\(precision)\(verb)"
    var bytes = [CChar](repeating: 0, count: precision + 400)
    let length = withVaList([number]) { vsnprintf(&bytes, bytes.count, format, $0) }
    return String(decoding: bytes.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func shortest(_ number: Double) -> String {
    // Swift writes the same digits, only that its limits for the exponent are others.
    let text = "\(number.magnitude)"
    let parts = text.split(separator: "e")
    let mantissa = parts[0].split(separator: ".")
    var digits = mantissa.joined()
    var exponent = mantissa[0].count - 1 + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    while digits.hasPrefix("0"), digits.count > 1 {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
    if digits == "0" { exponent = 0 }
    let sign = number.sign == .minus ? "-" : ""
    if exponent < -4 || exponent >= 6 {
      let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
      let power = padded(String(exponent.magnitude), to: 2)
      return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(power)"
    }
    if exponent < 0 {
      return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
    }
    let whole = padded(
      String(digits.prefix(exponent + 1).reversed()), to: exponent + 1)
    let rest = digits.dropFirst(exponent + 1)
    return sign + String(whole.reversed()) + (rest.isEmpty ? "" : "." + rest)
  }

  /// A text with a point and at least six digits, as `%#g` has it.
  private static func withPoint(_ text: String) -> String {
    let parts = text.split(separator: "e", maxSplits: 1)
    var mantissa = String(parts[0])
    let digits = mantissa.filter(\.isASCIIDigit).drop { $0 == "0" }.count
    if !mantissa.contains(".") { mantissa += "." }
    mantissa += String(repeating: "0", count: max(0, 6 - digits))
    return mantissa + (parts.count > 1 ? "e\(parts[1])" : "")
  }

  private static func binary(_ number: Double) -> String {
    let isNormal = number.exponentBitPattern != 0
    let mantissa = number.significandBitPattern | (isNormal ? 1 << 52 : 0)
    let exponent = Int(isNormal ? number.exponentBitPattern : 1) - 1075
    let sign = number.sign == .minus ? "-" : ""
    return "\(sign)\(mantissa)p\(exponent < 0 ? "-" : "+")\(exponent.magnitude)"
  }

  private static func hexadecimal(
    _ number: Double, _ verb: Unicode.Scalar, _ precision: Int?
  ) -> String {
    let format = precision.map { "%.\($0)a" } ?? "%a"
    var bytes = [CChar](repeating: 0, count: (precision ?? 0) + 60)
    let length = withVaList([number]) { vsnprintf(&bytes, bytes.count, format, $0) }
    let text = String(
      decoding: bytes.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // The exponent has at least two digits in Go.
    guard let mark = text.lastIndex(of: "p") else { return text }
    let power = text[text.index(mark, offsetBy: 2)...]
    let sign = text[text.index(after: mark)]
    let whole = "\(text[..<mark])p\(sign)\(padded(String(power), to: 2))"
    return verb == "X" ? whole.uppercased() : whole
  }
}
