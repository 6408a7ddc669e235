import Model

/// What templates do to text.
enum TemplateText {
  /// Capitals, character by character as in Go: one that would become two stays.
  static func upper(_ text: String) -> String { mapped(text) { $0.properties.uppercaseMapping } }

  /// Small letters.
  static func lower(_ text: String) -> String { mapped(text) { $0.properties.lowercaseMapping } }

  private static func mapped(_ text: String, _ mapping: (Unicode.Scalar) -> String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      let mapped = mapping(scalar).unicodeScalars
      result.unicodeScalars.append(mapped.count == 1 ? mapped.first ?? scalar : scalar)
    }
    return result
  }

  /// A capital at the start of each word, all else as it was. A word starts behind what is neither
  /// a letter, nor a digit, nor `_`. Source: Go, strings.Title.
  static func title(_ text: String) -> String {
    var result = ""
    var isStart = true
    for scalar in text.unicodeScalars {
      let shown = isStart ? upper(String(scalar)) : String(scalar)
      result.unicodeScalars.append(contentsOf: shown.unicodeScalars)
      isStart = isSeparator(scalar)
    }
    return result
  }

  private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
    if scalar == "_" { return false }
    if scalar.isASCII { return !Character(scalar).isLetter && !Character(scalar).isNumber }
    return scalar.properties.isWhitespace
  }

  /// The parts between separators; without a separator, the characters.
  static func split(_ text: String, by separator: String) -> [String] {
    guard !separator.isEmpty else { return text.unicodeScalars.map { String($0) } }
    var parts: [String] = []
    var rest = text[...]
    while let found = rest.firstRange(of: separator) {
      parts.append(String(rest[..<found.lowerBound]))
      rest = rest[found.upperBound...]
    }
    return parts + [String(rest)]
  }

  /// The first bytes of a text.
  static func truncate(_ text: String, _ count: Int) throws(TemplateError) -> String {
    guard count >= 0 else { throw TemplateError("a negative length") }
    return String(decoding: text.utf8.prefix(count), as: UTF8.self)
  }

  /// More blanks than a terminal has columns are a mistake.
  private static let mostBlanks = 10_000

  /// Blanks before and behind a text, unless it is empty.
  static func pad(_ text: String, _ before: Int, _ behind: Int) throws(TemplateError) -> String {
    guard [before, behind].allSatisfy({ (0...mostBlanks).contains($0) }) else {
      throw TemplateError("the number of blanks must be from 0 to \(mostBlanks)")
    }
    guard !text.isEmpty else { return "" }
    return String(repeating: " ", count: before) + text + String(repeating: " ", count: behind)
  }

  /// The text safe in HTML. Source: Go, text/template, `HTMLEscape`.
  static func html(_ text: String) -> String {
    let escapes: [Unicode.Scalar: String] = [
      "\0": "\u{FFFD}", "\"": "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;",
    ]
    return text.unicodeScalars.map { escapes[$0] ?? String($0) }.joined()
  }

  /// The text safe in a string of JavaScript. Source: Go, text/template, `JSEscape`.
  static func javaScript(_ text: String) -> String {
    let escapes: [Unicode.Scalar: String] = [
      "\\": "\\\\", "'": "\\'", "\"": "\\\"", "<": "\\u003C", ">": "\\u003E", "&": "\\u0026",
      "=": "\\u003D",
    ]
    return text.unicodeScalars.map { scalar in
      if let escape = escapes[scalar] { return escape }
      guard scalar.value < 0x20 || !scalar.isASCII && !GoFormat.isPrintable(scalar) else {
        return String(scalar)
      }
      return "\\u" + GoFormat.padded(String(scalar.value, radix: 16, uppercase: true), to: 4)
    }.joined()
  }

  /// The text as a value in the query of a URL. Source: Go, net/url, `QueryEscape`.
  static func query(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      let scalar = Unicode.Scalar(byte)
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "~":
        result.unicodeScalars.append(scalar)
      case " ": result += "+"
      default:
        result += "%" + GoFormat.padded(String(byte, radix: 16, uppercase: true), to: 2)
      }
    }
    return result
  }
}
