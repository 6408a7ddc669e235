import YAML

/// How a string is written in YAML, so that it is read back as the same string.
enum ScalarStyle {
  case plain
  case singleQuoted
  case doubleQuoted
  case literal

  /// The style for a string; `isKey` for a key on one line with its value.
  static func of(_ text: String, isKey: Bool = false) -> ScalarStyle {
    guard !text.isEmpty else { return .doubleQuoted }
    let analysis = Analysis(text)
    if text.utf8.contains(0x0A) {
      return analysis.isLiteralAllowed && !isKey ? .literal : .doubleQuoted
    }
    if AmbiguousText.isAmbiguous(text) { return .doubleQuoted }
    if analysis.isPlainAllowed { return .plain }
    return analysis.isSingleQuotedAllowed && !(isKey && analysis.hasBreak)
      ? .singleQuoted : .doubleQuoted
  }

  /// What a string contains that some style cannot write.
  private struct Analysis {
    private(set) var isPlainAllowed = true
    private(set) var isSingleQuotedAllowed = true
    private(set) var isLiteralAllowed = true
    private(set) var hasBreak = false

    private enum Kind { case start, space, lineBreak, other }

    init(_ text: String) {
      // A tab where the indentation ends is read as a part of it, and refused.
      if text.hasPrefix("\t") { isLiteralAllowed = false }
      if text.hasPrefix("---") || text.hasPrefix("...") { isPlainAllowed = false }
      let scalars = Array(text.unicodeScalars)
      var previous = Kind.start
      for position in scalars.indices {
        let scalar = scalars[position]
        checkIndicator(scalars, at: position)
        if scalar == "\t" {
          isPlainAllowed = false
          isSingleQuotedAllowed = false
        } else if !ScalarCharacters.isPrintable(scalar) {
          allowDoubleQuotedOnly()
        }
        previous = checkBlank(scalars, at: position, after: previous)
      }
    }

    private mutating func allowDoubleQuotedOnly() {
      isPlainAllowed = false
      isSingleQuotedAllowed = false
      isLiteralAllowed = false
    }

    private mutating func checkIndicator(_ scalars: [Unicode.Scalar], at position: Int) {
      let isBeforeBlank = position + 1 == scalars.count || isBlank(scalars[position + 1])
      switch scalars[position] {
      case "," where position == 0, "[" where position == 0, "]" where position == 0,
        "{" where position == 0, "}" where position == 0, "&" where position == 0,
        "*" where position == 0, "!" where position == 0, "|" where position == 0,
        ">" where position == 0, "'" where position == 0, "\"" where position == 0,
        "%" where position == 0, "@" where position == 0, "`" where position == 0,
        "#" where position == 0:
        isPlainAllowed = false
      case "?" where position == 0, "-" where position == 0, ":":
        if isBeforeBlank { isPlainAllowed = false }
      case "#":
        let previous = scalars[position - 1]
        if isBlank(previous) || ScalarCharacters.isBreak(previous) { isPlainAllowed = false }
      default: break
      }
    }

    private func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }

    private mutating func checkBlank(
      _ scalars: [Unicode.Scalar], at position: Int, after previous: Kind
    ) -> Kind {
      let isLast = position + 1 == scalars.count
      if scalars[position] == " " {
        if position == 0 || isLast { isPlainAllowed = false }
        if isLast { isLiteralAllowed = false }
        if previous == .lineBreak {
          isPlainAllowed = false
          isSingleQuotedAllowed = false
        }
        return .space
      }
      guard ScalarCharacters.isBreak(scalars[position]) else { return .other }
      hasBreak = true
      isPlainAllowed = false
      if previous == .space { allowDoubleQuotedOnly() }
      return .lineBreak
    }
  }
}

/// The characters of YAML.
enum ScalarCharacters {
  /// True for what is written without an escape. Characters beyond the basic plane are not.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A, 0x20...0x7E, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD: true
    default: false
    }
  }

  static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }
}
