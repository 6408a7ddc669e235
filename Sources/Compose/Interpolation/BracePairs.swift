/// Which `}` closes which `{` of a text, line by line.
///
/// The braces of an operand are balanced, so that JSON can be a default: `${V:-{"k": "v"}}`. Where
/// one is missing, the last `}` of the line closes the form, as in Docker Compose.
struct BracePairs {
  /// The `}` of each `{` of the line that was looked at last; 0 for one that is never closed.
  private var pairs: [Int] = []
  private var line = 0..<0

  /// The `}` of the `{` at `open`; nil when there is none in its line before `end`.
  ///
  /// Each line is read once, however many forms it has.
  mutating func close(
    of open: Int, before end: Int, in bytes: UnsafeBufferPointer<UInt8>
  ) -> Int? {
    if !line.contains(open) { readLine(from: open, in: bytes) }
    let pair = pairs[open - line.lowerBound]
    if pair > 0, pair < end { return pair }
    return bytes[open..<min(end, line.upperBound)].lastIndex(of: UInt8(ascii: "}"))
  }

  private mutating func readLine(from start: Int, in bytes: UnsafeBufferPointer<UInt8>) {
    let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.endIndex
    line = start..<end
    pairs = Array(repeating: 0, count: line.count)
    var open: [Int] = []
    for offset in line {
      switch bytes[offset] {
      case UInt8(ascii: "{"): open.append(offset)
      case UInt8(ascii: "}"): if let opened = open.popLast() { pairs[opened - start] = offset }
      default: break
      }
    }
  }
}
