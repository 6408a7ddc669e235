import Model

/// What a program wrote, as it is shown on a terminal beside what others write: its colours are kept,
/// but it moves and erases nothing there.
///
/// Source: ECMA-48; xterm's ctlseqs for the strings that set titles.
struct LogText {
  private let bytes: ArraySlice<UInt8>
  private var shown: [UInt8] = []
  private var isColored = false

  private static let escape: UInt8 = 0x1B
  private static let reset: [UInt8] = Array("\u{1B}[0m".utf8)

  private init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// The text of one line.
  static func shown(_ line: ArraySlice<UInt8>) -> [UInt8] {
    guard line.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return Array(line) }
    var text = LogText(visiblePart(of: line))
    text.filter()
    return text.isColored ? text.shown + reset : text.shown
  }

  /// What a terminal shows in the end of a line that was begun anew, as bars of progress are.
  private static func visiblePart(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var rest = line
    while rest.last == 0x0D { rest.removeLast() }
    guard let start = rest.lastIndex(of: 0x0D) else { return rest }
    return rest[(start + 1)...]
  }

  private mutating func filter() {
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      if byte == Self.escape {
        index = passSequence(at: index)
      } else if byte == 0xC2, index + 1 < bytes.endIndex, (0x80...0x9F).contains(bytes[index + 1]) {
        // A control character of the set C1, in UTF-8.
        index += 2
      } else {
        if byte >= 0x20 && byte != 0x7F || byte == 0x09 { shown.append(byte) }
        index += 1
      }
    }
  }

  /// Passes over an escape sequence, keeping it when it chooses colours; returns where it ends.
  private mutating func passSequence(at start: Int) -> Int {
    guard start + 1 < bytes.endIndex else { return bytes.endIndex }
    switch bytes[start + 1] {
    case UInt8(ascii: "["):
      let rest = bytes[(start + 2)...]
      guard let end = rest.firstIndex(where: { (0x40...0x7E).contains($0) }) else {
        return bytes.endIndex
      }
      let isPlain = rest[..<end].allSatisfy { (0x30...0x3B).contains($0) }
      if bytes[end] == UInt8(ascii: "m"), isPlain {
        shown += bytes[start...end]
        isColored = true
      }
      return end + 1
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"),
      UInt8(ascii: "_"):
      return endOfString(from: start + 2)
    default:
      // Intermediate bytes, then one that ends it.
      let rest = bytes[(start + 1)...]
      let end = rest.firstIndex { !(0x20...0x2F).contains($0) }
      return end.map { $0 + 1 } ?? bytes.endIndex
    }
  }

  /// Where a string ends that only programs read: behind BEL or `ESC \`.
  private func endOfString(from start: Int) -> Int {
    var index = start
    while index < bytes.endIndex {
      if bytes[index] == 0x07 { return index + 1 }
      if bytes[index] == Self.escape {
        return min(index + 2, bytes.endIndex)
      }
      index += 1
    }
    return index
  }
}
