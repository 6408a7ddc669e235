import Model
import YAML

/// Characters that look like a blank, or like nothing, but are letters to YAML. They come with text
/// that was copied from a web page or a document.
enum StrangeCharacters {
  private static let names: [Unicode.Scalar: String] = [
    "\u{A0}": "a no-break space", "\u{85}": "a next-line character",
    "\u{1680}": "an Ogham space", "\u{202F}": "a narrow no-break space",
    "\u{205F}": "a mathematical space", "\u{3000}": "an ideographic space",
    "\u{200B}": "a zero-width space", "\u{200C}": "a zero-width non-joiner",
    "\u{200D}": "a zero-width joiner", "\u{2060}": "a word joiner",
    "\u{FEFF}": "a byte order mark", "\u{AD}": "a soft hyphen",
    "\u{2028}": "a line separator", "\u{2029}": "a paragraph separator",
  ]

  /// The first such character of a text; nil when there is none.
  static func first(in text: String) -> Unicode.Scalar? {
    text.unicodeScalars.first { names[$0] != nil || ("\u{2000}"..."\u{200A}").contains($0) }
  }

  /// `a no-break space (U+00A0)`.
  static func description(of scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let code = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return "\(names[scalar] ?? "an unusual space") (U+\(code))"
  }

  /// The message for a key that holds one.
  static func message(about key: String, at mark: Mark, _ path: NodePath) -> Diagnostic? {
    guard let scalar = first(in: key) else { return nil }
    let plain = String(
      String.UnicodeScalarView(key.unicodeScalars.filter { first(in: String($0)) == nil }))
    let name = description(of: scalar)
    let isIndentation = key.unicodeScalars.first == scalar
    return mark.diagnostic(
      .error,
      "\(name) \(isIndentation ? "before" : "in") the key `\(plain)`, which YAML takes "
        + "for a part of it",
      path: path.parent ?? path,
      hint: isIndentation
        ? "indent the line by blanks only: replace each such character by a blank"
        : "remove the character, or replace it by a blank")
  }

  /// The hint for a text that should be something else because one stands in it.
  static func hint(for text: String) -> String? {
    first(in: text).map {
      "\(description(of: $0)) stands in this text, which is not a blank: replace it by one"
    }
  }
}
