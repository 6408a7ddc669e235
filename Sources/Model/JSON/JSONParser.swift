/// What is wrong with a JSON text, and at which byte.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was expected.
  package var reason: String
  /// The byte offset, from 0.
  package var offset: Int

  /// A sentence for people.
  package var description: String { "invalid JSON at byte \(offset): \(reason)" }
}

extension JSON {
  /// Parses one JSON text (RFC 8259). Nesting deeper than `maximumDepth` is refused.
  package static func parse(
    _ bytes: some Sequence<UInt8>, maximumDepth: Int = 512
  ) throws(JSONError) -> JSON {
    var parser = JSONParser(bytes: Array(bytes), maximumDepth: maximumDepth)
    return try parser.parseDocument()
  }

  /// Parses one JSON text.
  package static func parse(_ text: String) throws(JSONError) -> JSON { try parse(text.utf8) }
}

private struct JSONParser {
  let bytes: [UInt8]
  let maximumDepth: Int
  var offset = 0
  var depth = 0

  init(bytes: [UInt8], maximumDepth: Int) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
  }

  mutating func parseDocument() throws(JSONError) -> JSON {
    let value = try parseValue()
    skipBlanks()
    guard offset == bytes.count else { throw error("text after the value") }
    return value
  }

  func error(_ reason: String) -> JSONError { JSONError(reason: reason, offset: offset) }

  mutating func skipBlanks() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x09, 0x0A, 0x0D: offset += 1
      default: return
      }
    }
  }

  mutating func parseValue() throws(JSONError) -> JSON {
    skipBlanks()
    guard offset < bytes.count else { throw error("a value is missing") }
    switch bytes[offset] {
    case UInt8(ascii: "{"):
      return try nested { parser throws(JSONError) in try parser.parseObject() }
    case UInt8(ascii: "["):
      return try nested { parser throws(JSONError) in try parser.parseArray() }
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"): return try parseLiteral("true", .bool(true))
    case UInt8(ascii: "f"): return try parseLiteral("false", .bool(false))
    case UInt8(ascii: "n"): return try parseLiteral("null", .null)
    default: return try parseNumber()
    }
  }

  mutating func nested(
    _ body: (inout JSONParser) throws(JSONError) -> JSON
  ) throws(JSONError) -> JSON {
    depth += 1
    guard depth <= maximumDepth else { throw error("nested deeper than \(maximumDepth)") }
    defer { depth -= 1 }
    return try body(&self)
  }

  mutating func parseLiteral(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    let expected = text.description.utf8
    guard bytes[offset...].starts(with: expected) else { throw error("expected \(text)") }
    offset += expected.count
    return value
  }

  mutating func parseArray() throws(JSONError) -> JSON {
    offset += 1
    var elements: [JSON] = []
    skipBlanks()
    if consume(UInt8(ascii: "]")) { return .array([]) }
    while true {
      elements.append(try parseValue())
      skipBlanks()
      if consume(UInt8(ascii: "]")) { return .array(elements) }
      guard consume(UInt8(ascii: ",")) else { throw error("expected ',' or ']'") }
    }
  }

  mutating func parseObject() throws(JSONError) -> JSON {
    offset += 1
    var object = JSONObject()
    skipBlanks()
    if consume(UInt8(ascii: "}")) { return .object(object) }
    while true {
      skipBlanks()
      guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else {
        throw error("expected a member name in quotes")
      }
      let key = try parseString()
      skipBlanks()
      guard consume(UInt8(ascii: ":")) else { throw error("expected ':'") }
      object[key] = try parseValue()
      skipBlanks()
      if consume(UInt8(ascii: "}")) { return .object(object) }
      guard consume(UInt8(ascii: ",")) else { throw error("expected ',' or '}'") }
    }
  }

  mutating func consume(_ byte: UInt8) -> Bool {
    guard offset < bytes.count, bytes[offset] == byte else { return false }
    offset += 1
    return true
  }

  mutating func parseNumber() throws(JSONError) -> JSON {
    let start = offset
    var isInteger = true
    while offset < bytes.count {
      switch bytes[offset] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"):
        isInteger = false
      default: return try number(from: start, isInteger: isInteger)
      }
      offset += 1
    }
    return try number(from: start, isInteger: isInteger)
  }

  func number(from start: Int, isInteger: Bool) throws(JSONError) -> JSON {
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if isInteger, let value = Int64(text) { return .integer(value) }
    if let value = Double(text), value.isFinite { return .number(value) }
    throw JSONError(reason: "expected a value", offset: start)
  }

  mutating func parseString() throws(JSONError) -> String {
    offset += 1
    var text: [UInt8] = []
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw error("the string is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): try parseEscape(into: &text)
      case 0x00..<0x20: throw error("a control character inside a string")
      default: text.append(byte)
      }
    }
    throw error("the string has no closing quote")
  }

  mutating func parseEscape(into text: inout [UInt8]) throws(JSONError) {
    guard offset < bytes.count else { throw error("the string has no closing quote") }
    let byte = bytes[offset]
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      let scalar = try parseUnicodeEscape()
      text.append(contentsOf: Array(String(Character(scalar)).utf8))
    default: throw error("unknown escape in a string")
    }
  }

  mutating func parseUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
    let first = try parseHex()
    // A high surrogate must be followed by a low one; alone, either becomes U+FFFD as in Go.
    if (0xD800..<0xDC00).contains(first), bytes[offset...].starts(with: "\\u".utf8) {
      let mark = offset
      offset += 2
      let second = try parseHex()
      if (0xDC00..<0xE000).contains(second) {
        let code = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
        return Unicode.Scalar(code) ?? "\u{FFFD}"
      }
      offset = mark
    }
    return Unicode.Scalar(first) ?? "\u{FFFD}"
  }

  mutating func parseHex() throws(JSONError) -> UInt32 {
    let digits = bytes[offset...].prefix(4).compactMap(Hexadecimal.value)
    guard digits.count == 4 else { throw error("expected four hexadecimal digits") }
    let value = digits.reduce(UInt32(0)) { $0 << 4 | UInt32($1) }
    offset += 4
    return value
  }
}
