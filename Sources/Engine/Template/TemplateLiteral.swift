/// The constants of a template, written as in Go.
///
/// Source: The Go Programming Language Specification, "String literals", "Integer literals".
enum TemplateLiteral {
  /// Reads `"text"` with Go's escapes.
  static func quoted(_ rest: inout Substring) throws(TemplateError) -> String {
    rest.removeFirst()
    var bytes: [UInt8] = []
    while let next = rest.unicodeScalars.first, next != "\"" {
      guard next != "\n" else { break }
      if next == "\\" {
        bytes += try escape(&rest, quote: "\"")
      } else {
        rest.unicodeScalars.removeFirst()
        bytes += Array(String(next).utf8)
      }
    }
    guard rest.first == "\"" else { throw TemplateError("unterminated quoted string") }
    rest.removeFirst()
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Reads text between back quotes, in which nothing is special.
  static func raw(_ rest: inout Substring) throws(TemplateError) -> String {
    let inner = rest.dropFirst()
    guard let end = inner.firstIndex(of: "`") else {
      throw TemplateError("unterminated raw quoted string")
    }
    rest = inner[inner.index(after: end)...]
    return String(inner[..<end])
  }

  /// Reads `'x'`, which is a number: the code of the character.
  static func character(_ rest: inout Substring) throws(TemplateError) -> Int64 {
    rest.removeFirst()
    guard let first = rest.unicodeScalars.first, first != "'", first != "\n" else {
      throw TemplateError("unterminated character constant")
    }
    var code = Int64(first.value)
    if first == "\\" {
      let bytes = try escape(&rest, quote: "'")
      let decoded = String(decoding: bytes, as: UTF8.self).unicodeScalars.first
      code = bytes.count == 1 ? Int64(bytes[0]) : Int64(decoded?.value ?? 0)
    } else {
      rest.unicodeScalars.removeFirst()
    }
    guard rest.first == "'" else { throw TemplateError("unterminated character constant") }
    rest.removeFirst()
    return code
  }

  private static let simple: [Unicode.Scalar: UInt8] = [
    "a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 0x5C,
  ]

  /// Reads an escape, a backslash with what follows; the bytes it stands for.
  private static func escape(
    _ rest: inout Substring, quote: Unicode.Scalar
  ) throws(TemplateError) -> [UInt8] {
    rest.unicodeScalars.removeFirst()
    guard let letter = rest.unicodeScalars.popFirst() else {
      throw TemplateError("unterminated quoted string")
    }
    if letter == quote { return [UInt8(letter.value)] }
    if let byte = simple[letter] { return [byte] }
    switch letter {
    case "x": return [UInt8(try code(&rest, digits: 2, radix: 16))]
    case "u": return try scalar(try code(&rest, digits: 4, radix: 16))
    case "U": return try scalar(try code(&rest, digits: 8, radix: 16))
    case "0"..."7":
      rest = "\(letter)\(rest)"[...]
      guard let byte = UInt8(exactly: try code(&rest, digits: 3, radix: 8)) else { break }
      return [byte]
    default: break
    }
    throw TemplateError("invalid escape \"\\\(letter)\" in a string")
  }

  private static func code(
    _ rest: inout Substring, digits: Int, radix: Int
  ) throws(TemplateError) -> UInt32 {
    let text = rest.prefix(digits)
    guard text.count == digits, text.first != "+", text.first != "-",
      let code = UInt32(text, radix: radix)
    else { throw TemplateError("invalid escape in a string") }
    rest = rest.dropFirst(digits)
    return code
  }

  private static func scalar(_ code: UInt32) throws(TemplateError) -> [UInt8] {
    guard let scalar = Unicode.Scalar(code) else {
      throw TemplateError("invalid escape in a string")
    }
    return Array(String(scalar).utf8)
  }

  /// Reads an integer, also hexadecimal, octal or binary, or a number with a fraction.
  static func number(_ rest: inout Substring) throws(TemplateError) -> TemplateToken {
    var text = ""
    let isHexadecimal = ["0x", "0X"].contains { rest.drop(while: isSign).hasPrefix($0) }
    while let next = rest.first {
      let isExponentSign =
        isSign(next) && !isHexadecimal && (text.last == "e" || text.last == "E")
      let isStart = text.isEmpty && isSign(next)
      guard
        isStart || isExponentSign || next == "." || next == "_" || next.isLetter || next.isNumber
      else { break }
      text.append(next)
      rest.removeFirst()
    }
    if let integer = integer(text) { return .integer(integer) }
    let digits = text.replacing("_", with: "")
    if !isHexadecimal, digits.contains(where: { ".eE".contains($0) }),
      digits.allSatisfy({ !$0.isLetter || $0 == "e" || $0 == "E" }),
      let number = Double(digits), number.isFinite
    {
      return .number(number)
    }
    throw TemplateError("bad number syntax: \"\(text)\"")
  }

  private static func isSign(_ character: Character) -> Bool {
    character == "+" || character == "-"
  }

  private static func integer(_ text: String) -> Int64? {
    let sign = text.prefix { isSign($0) }.prefix(1)
    let digits = text.dropFirst(sign.count).lowercased()
    guard digits.first?.isASCIIDigit == true, !digits.hasSuffix("_"), !digits.contains("__") else {
      return nil
    }
    let plain = digits.replacing("_", with: "")
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where plain.hasPrefix(prefix) {
      return Int64("\(sign)\(plain.dropFirst(2))", radix: radix)
    }
    if plain.count > 1, plain.hasPrefix("0") { return Int64("\(sign)\(plain)", radix: 8) }
    return Int64("\(sign)\(plain)")
  }
}
