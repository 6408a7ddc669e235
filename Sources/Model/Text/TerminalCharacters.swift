/// What characters do to a terminal, and how much room they take there.
package enum TerminalCharacters {
  /// A text in which no character does anything to a terminal but be shown: control characters, and
  /// those that turn the direction of the text around them, are written as JSON writes them, such
  /// as `\u001b`. So JSON stays what it is.
  ///
  /// - Parameter keepsLines: Leaves line breaks and tabs as they are, for texts of several lines.
  package static func escaped(_ text: String, keepsLines: Bool) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let isLayout = scalar == "\n" || scalar == "\t"
      if isActive(scalar), !(keepsLines && isLayout) {
        result.append(contentsOf: escape(scalar).unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// True for C0 and C1 controls (ECMA-48), for line separators, and for the marks, embeddings,
  /// overrides and isolates of Unicode's bidirectional algorithm (UAX #9).
  private static func isActive(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x206F: true
    default: false
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": return #"\n"#
    case "\r": return #"\r"#
    case "\t": return #"\t"#
    default:
      let digits = String(scalar.value, radix: 16)
      return #"\u"# + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }

  /// How many columns of a terminal a text takes. Source: wcwidth(3), UAX #11.
  package static func width(_ text: some StringProtocol) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.reduce(0) { $0 + width(of: $1) }
  }

  /// The beginning of a text that takes at most this many columns.
  package static func prefix(_ text: String, columns: Int) -> Substring {
    var room = columns
    return text.prefix { character in
      room -= width(of: character)
      return room >= 0
    }
  }

  private static func width(of character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    let isEmoji = character.unicodeScalars.contains { $0.value == 0xFE0F }
    return isEmoji || isWide(first) || first.properties.isEmojiPresentation ? 2 : 1
  }

  /// True for the scripts of East Asia that are written in squares. Source: EastAsianWidth.txt, the
  /// classes W and F.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
      0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18AFF, 0x1AFF0...0x1B2FF,
      0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
