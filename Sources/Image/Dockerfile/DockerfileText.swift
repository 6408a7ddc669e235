import Model

/// The lines of a Dockerfile as its author sees them, for messages.
package struct DockerfileText: Sendable {
  /// The file as the user named it.
  package let file: String
  /// The lines without their ends (LF or CRLF), without a byte order mark.
  let lines: [[UInt8]]

  /// A larger file is no Dockerfile but a mistake.
  static let maximumSize = 8 << 20

  init(_ bytes: [UInt8], file: String) throws(Diagnostic) {
    self.file = file
    guard bytes.count <= Self.maximumSize else {
      throw Diagnostic(
        .error,
        "\(file) has \(bytes.count) bytes; a Dockerfile may have at most \(Self.maximumSize)")
    }
    var rest = bytes[...]
    if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
    guard !rest.contains(0) else {
      throw Diagnostic(.error, "\(file) is not text: it holds a NUL byte")
    }
    lines = rest.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
      line.last == 0x0D ? Array(line.dropLast()) : Array(line)
    }
  }

  /// The text of a line, counted from 1.
  func excerpt(_ line: Int) -> String {
    guard lines.indices.contains(line - 1) else { return "" }
    return String(decoding: lines[line - 1], as: UTF8.self)
  }

  /// The place of a byte; the column counts characters.
  func location(line: Int, byte: Int) -> SourceLocation {
    guard lines.indices.contains(line - 1) else {
      return SourceLocation(file: file, line: line, column: 1)
    }
    let before = lines[line - 1].prefix(byte)
    let column = String(decoding: before, as: UTF8.self).count + 1
    return SourceLocation(file: file, line: line, column: column)
  }

  func error(_ message: String, at location: SourceLocation, hint: String? = nil) -> Diagnostic {
    Diagnostic(.error, message, at: location, excerpt: excerpt(location.line), hint: hint)
  }

  func warning(_ message: String, at location: SourceLocation, hint: String? = nil) -> Diagnostic {
    Diagnostic(.warning, message, at: location, excerpt: excerpt(location.line), hint: hint)
  }
}

/// One instruction with its continuation lines joined, which still knows where each byte stood.
struct LogicalLine: Sendable {
  /// Where a run of bytes of `bytes` stood in the file.
  struct Piece: Sendable {
    var offset: Int
    var line: Int
    var byte: Int
  }

  var bytes: [UInt8] = []
  var pieces: [Piece] = []

  var firstLine: Int { pieces.first?.line ?? 1 }

  mutating func append(_ text: ArraySlice<UInt8>, line: Int) {
    pieces.append(Piece(offset: bytes.count, line: line, byte: text.startIndex))
    bytes.append(contentsOf: text)
  }

  /// Drops the white space at the end.
  mutating func trimEnd() { bytes.removeLast(bytes.count - Byte.trimmingEnd(bytes[...]).count) }

  func location(of offset: Int, in text: DockerfileText) -> SourceLocation {
    guard let piece = pieces.last(where: { $0.offset <= offset }) else {
      return text.location(line: firstLine, byte: 0)
    }
    return text.location(line: piece.line, byte: piece.byte + offset - piece.offset)
  }
}

/// The bytes that have a meaning in a Dockerfile.
enum Byte {
  static let tab = UInt8(ascii: "\t")
  static let space = UInt8(ascii: " ")
  static let hash = UInt8(ascii: "#")
  static let equals = UInt8(ascii: "=")
  static let dash = UInt8(ascii: "-")
  static let less = UInt8(ascii: "<")
  static let backslash = UInt8(ascii: "\\")
  static let singleQuote = UInt8(ascii: "'")
  static let doubleQuote = UInt8(ascii: "\"")

  static func isBlank(_ byte: UInt8) -> Bool {
    byte == space || byte == tab || byte == 0x0B || byte == 0x0C || byte == 0x0D
  }

  /// How many bytes the white space at the beginning of a text has, of whatever alphabet; 0 when it
  /// begins with something else. Docker drops it at both ends of an instruction: text that was copied
  /// from a page or written with another keyboard has spaces that look like any other.
  ///
  /// Source: Go, `unicode.IsSpace`; Unicode, the property White_Space.
  static func spaceLength(_ text: ArraySlice<UInt8>) -> Int {
    guard let first = text.first else { return 0 }
    if first < 0x80 { return isBlank(first) ? 1 : 0 }
    // No-break space, ideographic space and next line are the best known of these.
    let length = first == 0xC2 ? 2 : 3
    guard let scalar = String(decoding: text.prefix(length), as: UTF8.self).unicodeScalars.first,
      scalar.properties.isWhitespace
    else { return 0 }
    return length
  }

  /// A text without the white space that it begins with.
  static func trimmingStart(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text
    while true {
      let length = spaceLength(text)
      if length == 0 { return text }
      text = text.dropFirst(length)
    }
  }

  /// A text without the white space that it ends with.
  static func trimmingEnd(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text
    while let length = (1...3).first(where: { spaceLength(text.suffix($0)) == $0 }) {
      text = text.dropLast(length)
    }
    return text
  }
}
