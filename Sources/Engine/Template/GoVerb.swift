import Model

/// A verb of `printf` with its flags: how one value becomes text.
///
/// Source: Go, fmt/print.go and fmt/format.go.
struct GoVerb {
  var width: Int?
  var precision: Int?
  var minus = false
  var plus = false
  var sharp = false
  var space = false
  var zero = false
  /// `%#v`.
  var isGoSyntax = false
  /// `%+v`, which names the fields of structures.
  var showsNames = false

  /// The text of a value.
  func text(_ value: TemplateValue, _ verb: Unicode.Scalar) -> String {
    if verb == "T" { return padded(value.typeName) }
    if value.isNil { return verb == "v" ? padded("<nil>") : "%!\(verb)(<nil>)" }
    switch value {
    case .bool(let flag) where verb == "t" || verb == "v": return padded(String(flag))
    case .integer(let number): return integer(number, verb) ?? bad(value, verb)
    case .number(let number): return self.number(number, verb) ?? bad(value, verb)
    case .string(let string): return self.string(string, verb) ?? bad(value, verb)
    case .list(let elements, let isNil):
      if isGoSyntax { return isNil ? "\(value.typeName)(nil)" : goSyntax(value, elements) }
      return "[" + elements.map { text(TemplateValue($0), verb) }.joined(separator: " ") + "]"
    case .map(let object, let isNil):
      if isGoSyntax, isNil { return "\(value.typeName)(nil)" }
      let members = object.sortedMembers.map {
        "\(text(.string($0.key), verb)):\(text(TemplateValue($0.value), verb))"
      }
      return isGoSyntax
        ? value.typeName + "{" + members.joined(separator: ", ") + "}"
        : "map[" + members.joined(separator: " ") + "]"
    case .structure(let object): return structure(object, verb)
    case .bool, .missing, .none: return bad(value, verb)
    }
  }

  private func goSyntax(_ value: TemplateValue, _ elements: [JSON]) -> String {
    let shown = elements.map { text(TemplateValue($0), "v") }
    return value.typeName + "{" + shown.joined(separator: ", ") + "}"
  }

  private func structure(_ object: JSONObject, _ verb: Unicode.Scalar) -> String {
    let showsNames = showsNames || isGoSyntax
    let members = object.members.map { member in
      (showsNames ? "\(member.key):" : "")
        + text(TemplateValue(member.value, named: member.key), verb)
    }
    return (isGoSyntax ? "struct {" : "{") + members.joined(separator: isGoSyntax ? ", " : " ")
      + "}"
  }

  /// A verb that does not fit the value.
  private func bad(_ value: TemplateValue, _ verb: Unicode.Scalar) -> String {
    "%!\(verb)(\(value.typeName)=\(text(value, "v")))"
  }

  /// Blanks, or zeros, up to the width.
  func padded(_ text: String) -> String {
    let missing = (width ?? 0) - text.unicodeScalars.count
    guard missing > 0 else { return text }
    let filling = String(repeating: zero && !minus ? "0" : " ", count: missing)
    return minus ? text + filling : filling + text
  }

  private func string(_ text: String, _ verb: Unicode.Scalar) -> String? {
    switch verb {
    case "v": return isGoSyntax ? padded(GoFormat.quoted(text)) : padded(cut(text))
    case "s": return padded(cut(text))
    case "q":
      let isRaw = sharp && !text.contains("`") && GoFormat.isOneLine(text)
      return padded(isRaw ? "`\(cut(text))`" : GoFormat.quoted(cut(text), isASCII: plus))
    case "x", "X": return padded(hexadecimal(text, isUpper: verb == "X"))
    default: return nil
    }
  }

  /// As many characters as the precision allows.
  private func cut(_ text: String) -> String {
    guard let precision else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(precision)))
  }

  private func hexadecimal(_ text: String, isUpper: Bool) -> String {
    let prefix = sharp ? (isUpper ? "0X" : "0x") : ""
    let bytes = text.utf8.prefix(precision ?? .max).map {
      GoFormat.padded(String($0, radix: 16, uppercase: isUpper), to: 2)
    }
    if bytes.isEmpty { return "" }
    return space
      ? bytes.map { prefix + $0 }.joined(separator: " ") : prefix + bytes.joined()
  }

  private func integer(_ number: Int64, _ verb: Unicode.Scalar) -> String? {
    switch verb {
    case "v", "d": return integer(number, radix: 10)
    case "b": return integer(number, radix: 2, prefix: sharp ? "0b" : "")
    case "o": return integer(number, radix: 8, prefix: sharp ? "0" : "")
    case "O": return integer(number, radix: 8, prefix: "0o")
    case "x": return integer(number, radix: 16, prefix: sharp ? "0x" : "")
    case "X": return integer(number, radix: 16, isUpper: true, prefix: sharp ? "0X" : "")
    case "c": return padded(String(GoFormat.scalar(number)))
    case "q": return padded(GoFormat.quoted(GoFormat.scalar(number), isASCII: plus))
    case "U":
      let digits = String(UInt64(bitPattern: number), radix: 16, uppercase: true)
      let code = "U+" + GoFormat.padded(digits, to: max(4, precision ?? 0))
      let scalar = GoFormat.scalar(number)
      var blank = self
      blank.zero = false
      return blank.padded(sharp && GoFormat.isPrintable(scalar) ? "\(code) '\(scalar)'" : code)
    default: return nil
    }
  }

  private func integer(
    _ number: Int64, radix: Int, isUpper: Bool = false, prefix: String = ""
  ) -> String {
    let sign = number < 0 ? "-" : plus ? "+" : space ? " " : ""
    var blank = self
    blank.zero = false
    var digits = String(number.magnitude, radix: radix, uppercase: isUpper)
    if let precision {
      if precision == 0, number == 0 { return blank.padded("") }
      digits = GoFormat.padded(digits, to: precision)
    } else if zero, let width {
      digits = GoFormat.padded(digits, to: width - sign.utf8.count)
    }
    // An octal number that begins with a zero needs no other.
    let needsPrefix = !(prefix == "0" && digits.hasPrefix("0"))
    return blank.padded(sign + (needsPrefix ? prefix : "") + digits)
  }

  private func number(_ number: Double, _ verb: Unicode.Scalar) -> String? {
    guard var text = GoFormat.number(number, verb, precision: precision, sharp: sharp) else {
      return nil
    }
    var sign = plus ? "+" : space ? " " : ""
    if text.hasPrefix("-") { (sign, text) = ("-", String(text.dropFirst())) }
    if zero, let width { return sign + GoFormat.padded(text, to: width - sign.utf8.count) }
    return padded(sign + text)
  }
}
