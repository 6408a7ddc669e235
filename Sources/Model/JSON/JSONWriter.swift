extension JSON {
  /// How a value is written.
  package struct WritingOptions: OptionSet, Sendable {
    /// The option bits.
    package let rawValue: Int
    /// Makes options from bits.
    package init(rawValue: Int) { self.rawValue = rawValue }
    /// Indents by two blanks, one member a line.
    package static let pretty = WritingOptions(rawValue: 1)
    /// Sorts the members of every object by their UTF-8 bytes.
    package static let sortedKeys = WritingOptions(rawValue: 2)
    /// Writes `<`, `>`, `&` and the separators U+2028 and U+2029 as `\u003c` and so on, as Go's
    /// encoder does, so that the text may stand in a script.
    package static let escapeHTML = WritingOptions(rawValue: 4)
  }

  /// The JSON text of this value, without a final newline.
  package func text(_ options: WritingOptions = []) -> String {
    String(decoding: utf8(options), as: UTF8.self)
  }

  /// The JSON text of this value as UTF-8 bytes, without a final newline.
  package func utf8(_ options: WritingOptions = []) -> [UInt8] {
    var writer = JSONWriter(options: options)
    writer.write(self, indent: 0)
    return writer.output
  }
}

private struct JSONWriter {
  let options: JSON.WritingOptions
  var output: [UInt8] = []

  init(options: JSON.WritingOptions) { self.options = options }

  mutating func write(_ value: JSON, indent: Int) {
    switch value {
    case .null: append("null")
    case .bool(let flag): append(flag ? "true" : "false")
    case .integer(let number): append(String(number))
    case .number(let number): append(JSON.numberText(number))
    case .string(let string): writeString(string)
    case .array(let elements): writeArray(elements, indent: indent)
    case .object(let object): writeObject(object, indent: indent)
    }
  }

  mutating func append(_ text: String) { output.append(contentsOf: text.utf8) }

  mutating func newline(_ indent: Int) {
    guard options.contains(.pretty) else { return }
    output.append(0x0A)
    output.append(contentsOf: repeatElement(0x20, count: indent * 2))
  }

  mutating func writeArray(_ elements: [JSON], indent: Int) {
    guard !elements.isEmpty else { return append("[]") }
    append("[")
    for (position, element) in elements.enumerated() {
      if position > 0 { append(",") }
      newline(indent + 1)
      write(element, indent: indent + 1)
    }
    newline(indent)
    append("]")
  }

  mutating func writeObject(_ object: JSONObject, indent: Int) {
    guard !object.isEmpty else { return append("{}") }
    append("{")
    var members = object.members
    if options.contains(.sortedKeys) {
      members.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
    for (position, member) in members.enumerated() {
      if position > 0 { append(",") }
      newline(indent + 1)
      writeString(member.key)
      append(options.contains(.pretty) ? ": " : ":")
      write(member.value, indent: indent + 1)
    }
    newline(indent)
    append("}")
  }

  mutating func writeString(_ string: String) {
    JSON.appendQuoted(string, to: &output, options)
  }
}

extension JSON {
  /// Appends the JSON text of a string, with its quotes.
  package static func appendQuoted(
    _ text: String, to output: inout [UInt8], _ options: WritingOptions = []
  ) {
    output.append(UInt8(ascii: "\""))
    for byte in text.utf8 { append(byte, to: &output, options) }
    output.append(UInt8(ascii: "\""))
  }

  private static func append(
    _ byte: UInt8, to output: inout [UInt8], _ options: WritingOptions
  ) {
    switch byte {
    case UInt8(ascii: "\""): output += #"\""#.utf8
    case UInt8(ascii: "\\"): output += #"\\"#.utf8
    case 0x0A: output += #"\n"#.utf8
    case 0x0D: output += #"\r"#.utf8
    case 0x09: output += #"\t"#.utf8
    case 0x08: output += #"\b"#.utf8
    case 0x0C: output += #"\f"#.utf8
    case 0x00..<0x20: appendEscape(byte, to: &output)
    case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"):
      if options.contains(.escapeHTML) {
        appendEscape(byte, to: &output)
      } else {
        output.append(byte)
      }
    // The last of the three bytes of U+2028 and U+2029.
    case 0xA8, 0xA9:
      guard options.contains(.escapeHTML), output.suffix(2) == [0xE2, 0x80] else { fallthrough }
      output.removeLast(2)
      output += (byte == 0xA8 ? #"\u2028"# : #"\u2029"#).utf8
    default: output.append(byte)
    }
  }

  private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
    output += #"\u00"#.utf8
    output.append(Hexadecimal.digit(byte >> 4))
    output.append(Hexadecimal.digit(byte & 15))
  }
}

extension JSON {
  /// A number's shortest text, written as Go's encoder writes it: plain between 1e-6 and 1e21.
  static func numberText(_ number: Double) -> String {
    if let integer = Int64(exactly: number), abs(number) < 1e15 { return String(integer) }
    let magnitude = abs(number)
    guard magnitude != 0, magnitude < 1e-6 || magnitude >= 1e21 else { return plainText(number) }
    var text = "\(number)"
    // Swift writes 1e-07 as "1e-07"; Go drops the zero of a one-digit exponent.
    if let mark = text.firstIndex(of: "e") {
      var exponent = text[text.index(after: mark)...]
      let sign = exponent.first == "-" ? "-" : "+"
      exponent = exponent.drop { $0 == "-" || $0 == "+" || $0 == "0" }
      var mantissa = String(text[..<mark])
      if mantissa.hasSuffix(".0") { mantissa.removeLast(2) }
      text = "\(mantissa)e\(sign)\(exponent)"
    }
    return text
  }

  private static func plainText(_ number: Double) -> String {
    let text = "\(number)"
    guard let mark = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...])
    else { return text.hasSuffix(".0") ? String(text.dropLast(2)) : text }
    let negative = number < 0
    let mantissa = text[..<mark].drop { $0 == "-" }
    let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    let whole = String(parts[0])
    let fraction = parts.count > 1 && parts[1] != "0" ? String(parts[1]) : ""
    let digits = whole + fraction
    let point = whole.count + exponent
    let body: String
    if point <= 0 {
      body = "0." + String(repeating: "0", count: -point) + digits
    } else if point >= digits.count {
      body = digits + String(repeating: "0", count: point - digits.count)
    } else {
      body = digits.prefix(point) + "." + digits.dropFirst(point)
    }
    return (negative ? "-" : "") + body
  }
}
