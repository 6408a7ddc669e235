extension GoFormat {
  /// A text in double quotes, as in a Go program. Source: Go, strconv/quote.go, `Quote`.
  package static func quoted(_ text: String, isASCII: Bool = false) -> String {
    "\"" + text.unicodeScalars.map { escaped($0, in: "\"", isASCII) }.joined() + "\""
  }

  /// A character in single quotes.
  static func quoted(_ scalar: Unicode.Scalar, isASCII: Bool = false) -> String {
    "'" + escaped(scalar, in: "'", isASCII) + "'"
  }

  private static let letters: [Unicode.Scalar: String] = [
    "\u{7}": "\\a", "\u{8}": "\\b", "\u{C}": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
    "\u{B}": "\\v", "\\": "\\\\",
  ]

  private static func escaped(
    _ scalar: Unicode.Scalar, in quote: Unicode.Scalar, _ isASCII: Bool
  ) -> String {
    if scalar == quote { return "\\\(scalar)" }
    if let letter = letters[scalar] { return letter }
    if isPrintable(scalar), !isASCII || scalar.isASCII { return String(scalar) }
    let digits = String(scalar.value, radix: 16)
    switch scalar.value {
    case 0..<0x20, 0x7F: return "\\x" + padded(digits, to: 2)
    case 0..<0x10000: return "\\u" + padded(digits, to: 4)
    default: return "\\U" + padded(digits, to: 8)
    }
  }

  /// True for what has a shape of its own, and for the plain blank.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar == " " { return true }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }

  /// True for a text that may stand between back quotes: on one line, without control characters.
  static func isOneLine(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy {
      ($0.value >= 0x20 || $0 == "\t") && $0.value != 0x7F && $0.value != 0xFEFF
    }
  }

  /// The character of a code; U+FFFD for a number that is not a code.
  static func scalar(_ number: Int64) -> Unicode.Scalar {
    UInt32(exactly: number).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
  }
}
