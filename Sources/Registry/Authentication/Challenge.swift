/// What a registry asks for in `WWW-Authenticate`.
///
/// Source: RFC 9110, section 11.6.1; distribution specification, "Token authentication".
struct Challenge: Sendable, Hashable {
  /// The scheme in lower case: `basic` or `bearer` here.
  var scheme: String
  /// The parameters, their names in lower case.
  var parameters: [String: String]

  /// Parses all challenges of some header lines; what is malformed ends its line.
  static func parse(_ lines: [String]) -> [Challenge] {
    lines.flatMap { line in
      var reader = ChallengeReader(line)
      return reader.challenges()
    }
  }
}

private struct ChallengeReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ line: String) { bytes = Array(line.utf8) }

  mutating func challenges() -> [Challenge] {
    var result: [Challenge] = []
    while true {
      skip(while: Self.isSeparator)
      let word = token()
      guard !word.isEmpty else { return result }
      skip(while: Self.isSpace)
      if peek == UInt8(ascii: "="), var last = result.popLast() {
        position += 1
        guard let value = value() else { return result + [last] }
        last.parameters[word.lowercased()] = value
        result.append(last)
      } else {
        result.append(Challenge(scheme: word.lowercased(), parameters: [:]))
      }
    }
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skip(while condition: (UInt8) -> Bool) {
    while let byte = peek, condition(byte) { position += 1 }
  }

  private mutating func token() -> String {
    let start = position
    skip { !Self.isSeparator($0) && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: "\"") }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func value() -> String? {
    skip(while: Self.isSpace)
    guard peek == UInt8(ascii: "\"") else { return token() }
    position += 1
    var text: [UInt8] = []
    while let byte = peek {
      position += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      if byte == UInt8(ascii: "\\"), let escaped = peek {
        position += 1
        text.append(escaped)
      } else {
        text.append(byte)
      }
    }
    return nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
  private static func isSeparator(_ byte: UInt8) -> Bool {
    isSpace(byte) || byte == UInt8(ascii: ",")
  }
}
