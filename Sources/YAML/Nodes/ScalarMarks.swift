extension Node {
  /// The places in the file of bytes of a scalar's text.
  ///
  /// The file is read again from where the scalar begins, beside `text`, through quotes, escapes,
  /// folded lines and the indentation of blocks. What cannot be followed has the scalar's place.
  ///
  /// - Parameters:
  ///   - offsets: Offsets into the UTF-8 of `text`, in ascending order.
  ///   - text: The scalar as the file has it: its value, or `sourceText` once that was replaced.
  package func marks(at offsets: [Int], in text: String) -> [Mark] {
    guard let source = mark.source,
      let start = source.offset(line: mark.line, column: mark.column)
    else { return offsets.map { _ in mark } }
    var walk = ScalarWalk(source: source.text, offset: start, style: style)
    var cursor = MarkCursor(source: source, offset: start)
    var text = text
    return text.withUTF8 { value in
      offsets.map { offset in
        walk.advance(to: offset, in: value).map { cursor.mark(at: $0) } ?? mark
      }
    }
  }

  /// The place in the file of one byte of a scalar's text.
  package func mark(at offset: Int, in text: String) -> Mark {
    marks(at: [offset], in: text)[0]
  }
}

/// Goes through the source of a scalar in step with its value.
private struct ScalarWalk {
  let source: [UInt8]
  let style: Node.Style
  /// Where the walk is in the source; nil once source and value do not agree.
  private var offset: Int?
  /// Where the walk is in the value.
  private var valueOffset = 0
  /// How many blanks begin each line of a block.
  private var indentation = 0

  init(source: [UInt8], offset: Int, style: Node.Style) {
    self.source = source
    self.style = style
    var start = offset
    // Anchors and tags stand before the value.
    while start < source.count,
      source[start] == UInt8(ascii: "&") || source[start] == UInt8(ascii: "!")
    {
      start = Self.skip(source, from: start) { !Self.isBlank($0) && !Self.isBreak($0) }
      start = Self.skip(source, from: start) { Self.isBlank($0) || Self.isBreak($0) }
    }
    self.offset = start
    switch style {
    case .plain: break
    case .singleQuoted, .doubleQuoted: self.offset = start + 1
    case .literal, .folded: enterBlock(at: start)
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
  private static func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

  private static func skip(
    _ source: [UInt8], from offset: Int, while condition: (UInt8) -> Bool
  ) -> Int {
    var offset = offset
    while offset < source.count, condition(source[offset]) { offset += 1 }
    return offset
  }

  private var isBlock: Bool { style == .literal || style == .folded }

  /// Skips the header of a block and finds out its indentation, which its first line that is not
  /// empty shows. An indentation given in the header is then exceeded, and cannot be followed.
  private mutating func enterBlock(at start: Int) {
    var position = Self.skip(source, from: start) { !Self.isBreak($0) }
    position = Self.skip(source, from: position, while: Self.isBreak)
    var lineStart = position
    while position < source.count, source[position] == 0x20 || Self.isBreak(source[position]) {
      position += 1
      if Self.isBreak(source[position - 1]) { lineStart = position }
    }
    indentation = position - lineStart
    offset = position
  }

  /// The source offset of the value's byte `target`; nil when it cannot be found.
  mutating func advance(to target: Int, in value: UnsafeBufferPointer<UInt8>) -> Int? {
    // Empty lines at the head of a block are in its value, but not in its place.
    if isBlock, valueOffset == 0 {
      while valueOffset < value.count, value[valueOffset] == 0x0A { valueOffset += 1 }
    }
    while valueOffset < target, offset != nil { step(value) }
    skipToCharacter(value)
    return offset
  }

  /// Lines that are joined without a character between them end before the next character.
  private mutating func skipToCharacter(_ value: UnsafeBufferPointer<UInt8>) {
    while style == .doubleQuoted, let position = offset, position + 1 < source.count,
      source[position] == UInt8(ascii: "\\"), Self.isBreak(source[position + 1])
    {
      offset = Self.skip(source, from: position + 1) { Self.isBlank($0) || Self.isBreak($0) }
    }
  }

  private mutating func step(_ value: UnsafeBufferPointer<UInt8>) {
    skipToCharacter(value)
    guard let position = offset, position < source.count, valueOffset < value.count else {
      return offset = nil
    }
    let byte = source[position]
    switch style {
    case .doubleQuoted where byte == UInt8(ascii: "\\"): stepEscape(position, value)
    case .singleQuoted where byte == UInt8(ascii: "'"):
      offset = position + 2
      valueOffset += 1
    default:
      if isLineEnd(position) {
        stepLineEnd(position, value)
      } else if byte == value[valueOffset] {
        offset = position + 1
        valueOffset += 1
      } else {
        offset = nil
      }
    }
  }

  private func isLineEnd(_ position: Int) -> Bool {
    if isBlock { return Self.isBreak(source[position]) }
    let end = Self.skip(source, from: position, while: Self.isBlank)
    return end < source.count && Self.isBreak(source[end])
  }

  /// A line end is one blank or some line breaks in the value.
  private mutating func stepLineEnd(_ position: Int, _ value: UnsafeBufferPointer<UInt8>) {
    if value[valueOffset] == 0x20 {
      valueOffset += 1
    } else {
      guard value[valueOffset] == 0x0A else { return offset = nil }
      while valueOffset < value.count, value[valueOffset] == 0x0A { valueOffset += 1 }
    }
    guard isBlock else {
      offset = Self.skip(source, from: position) { Self.isBlank($0) || Self.isBreak($0) }
      return
    }
    var lineStart = position
    var next = position
    while next < source.count, Self.isBreak(source[next]) || source[next] == 0x20 {
      if source[next] == 0x20, next - lineStart >= indentation { break }
      next += 1
      if Self.isBreak(source[next - 1]) { lineStart = next }
    }
    offset = next
  }

  private mutating func stepEscape(_ position: Int, _ value: UnsafeBufferPointer<UInt8>) {
    guard position + 1 < source.count else { return offset = nil }
    let digits =
      switch source[position + 1] {
      case UInt8(ascii: "x"): 2
      case UInt8(ascii: "u"): 4
      case UInt8(ascii: "U"): 8
      default: 0
      }
    offset = position + 2 + digits
    valueOffset += 1
    while valueOffset < value.count, value[valueOffset] & 0xC0 == 0x80 { valueOffset += 1 }
  }
}
