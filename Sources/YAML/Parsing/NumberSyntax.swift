/// The numbers of YAML 1.1 and 1.2: `010` and `0o10` are 8, `0x10` is 16, `1_000` is 1000, `5.` is
/// 5; `22:22` is not a number.
enum NumberSyntax {
  /// Longer texts are strings: no number that means anything has as many digits.
  private static let maximumLength = 512

  /// The number that `text` writes; nil when it writes none.
  static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Node.Content? {
    guard text.count <= maximumLength else { return nil }
    if text.first == UInt8(ascii: ".") { return parseDotNumber(text) }
    if let special = specialNumber(Array(text)) { return special }
    var digits = Array(text)
    digits.removeAll { $0 == UInt8(ascii: "_") }
    return parseInteger(digits) ?? parseDecimal(digits)
  }

  // After a leading point an underscore counts only between two digits.
  private static func parseDotNumber(_ text: UnsafeBufferPointer<UInt8>) -> Node.Content? {
    if let special = specialNumber(Array(text)) { return special }
    var digits = Array(text)
    for position in digits.indices where digits[position] == UInt8(ascii: "_") {
      let isBetween =
        position + 1 < digits.count && isDigit(digits[position - 1], radix: 10)
        && isDigit(digits[position + 1], radix: 10)
      guard isBetween else { return nil }
    }
    digits.removeAll { $0 == UInt8(ascii: "_") }
    return parseDecimal(digits)
  }

  private static func specialNumber(_ text: [UInt8]) -> Node.Content? {
    switch String(decoding: text, as: UTF8.self) {
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": .number(.infinity)
    case "-.inf", "-.Inf", "-.INF": .number(-.infinity)
    case ".nan", ".NaN", ".NAN": .number(.nan)
    default: nil
    }
  }

  private static func parseInteger(_ text: [UInt8]) -> Node.Content? {
    var digits = text[...]
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
    let (radix, body) = radixAndBody(digits)
    guard !body.isEmpty, body.allSatisfy({ isDigit($0, radix: radix) }) else { return nil }
    let string = (isNegative ? "-" : "") + String(decoding: body, as: UTF8.self)
    if let value = Int64(string, radix: radix) { return .integer(value) }
    // Beyond 64 bits decimal numbers lose digits and others are not numbers.
    if let value = UInt64(string, radix: radix) { return .number(Double(value)) }
    return nil
  }

  private static func radixAndBody(
    _ digits: ArraySlice<UInt8>
  ) -> (radix: Int, body: ArraySlice<UInt8>) {
    guard digits.first == UInt8(ascii: "0"), digits.count > 1 else { return (10, digits) }
    switch digits[digits.startIndex + 1] {
    case UInt8(ascii: "x"), UInt8(ascii: "X"): return (16, digits.dropFirst(2))
    case UInt8(ascii: "o"), UInt8(ascii: "O"): return (8, digits.dropFirst(2))
    case UInt8(ascii: "b"), UInt8(ascii: "B"): return (2, digits.dropFirst(2))
    default: return (8, digits.dropFirst())
    }
  }

  private static func isDigit(_ byte: UInt8, radix: Int) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0")) < radix
    case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): radix == 16
    default: false
    }
  }

  /// `[-+]? ( . digits | digits [. digits*] ) [ eE [-+]? digits ]`
  private static func parseDecimal(_ text: [UInt8]) -> Node.Content? {
    var rest = text[...]
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      rest = rest.dropFirst()
    }
    let whole = takeDigits(&rest)
    var fraction: ArraySlice<UInt8> = []
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      fraction = takeDigits(&rest)
    }
    guard !whole.isEmpty || !fraction.isEmpty else { return nil }
    var exponent: ArraySlice<UInt8> = []
    if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
      exponent = rest.dropFirst()
      rest = exponent
      if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
        rest = rest.dropFirst()
      }
      guard !takeDigits(&rest).isEmpty else { return nil }
    }
    guard rest.isEmpty else { return nil }
    // Written out in full, because Swift reads neither `5.` nor `.5`.
    let normal =
      Array(whole.isEmpty ? [0x30] : whole) + [0x2E] + (fraction.isEmpty ? [0x30] : fraction)
    let sign = text.first == UInt8(ascii: "-") ? "-" : ""
    let power = exponent.isEmpty ? "" : "e" + String(decoding: exponent, as: UTF8.self)
    guard let value = Double(sign + String(decoding: normal, as: UTF8.self) + power),
      value.isFinite
    else { return nil }
    return .number(value)
  }

  private static func takeDigits(_ text: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let digits = text.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    text = text[digits.endIndex...]
    return digits
  }
}
