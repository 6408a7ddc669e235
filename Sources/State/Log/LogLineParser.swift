import Glibc
import Model

/// Takes apart the lines of a container's log: time, stream, tag and text.
///
/// `2026-01-02T03:04:05.000000006Z stdout F text`; the tag is `P` for a part that goes on in the
/// next line.
package struct LogLineParser {
  private let source: LogSource
  // Most lines of a chunk are from the same second: its calendar is computed once.
  private var cachedSecond: [UInt8] = []
  private var cachedTime: Int64 = 0

  package init(_ source: LogSource) { self.source = source }

  private static let timeLength = 30
  private static let secondLength = 19
  /// Behind the time: a blank, six letters, a blank, the tag and a blank.
  private static let headLength = timeLength + 10

  /// The lines in `bytes`, which must end with a newline; lines of another form are passed over.
  package mutating func parse(_ bytes: [UInt8], into lines: inout [LogLine]) {
    var start = 0
    bytes.withUnsafeBytes { buffer in
      while start < buffer.count, let base = buffer.baseAddress {
        guard let end = memchr(base + start, 0x0A, buffer.count - start) else { return }
        let stop = UnsafeRawPointer(end) - base
        if let head = parseHead(buffer, start, stop) {
          lines.append(
            LogLine(
              source: source, time: head.time, stream: head.stream,
              text: bytes[(start + Self.headLength)..<stop], isPartial: head.isPartial))
        }
        start = stop + 1
      }
    }
  }

  private struct Head {
    var time: Timestamp
    var stream: LogLine.Stream
    var isPartial: Bool
  }

  private mutating func parseHead(
    _ buffer: UnsafeRawBufferPointer, _ start: Int, _ stop: Int
  ) -> Head? {
    guard stop - start >= Self.headLength,
      let second = second(
        UnsafeRawBufferPointer(rebasing: buffer[start..<(start + Self.secondLength)]))
    else { return nil }
    var fraction: Int64 = 0
    for position in (start + 20)..<(start + 29) {
      let digit = buffer[position] &- 0x30
      guard digit < 10 else { return nil }
      fraction = fraction * 10 + Int64(digit)
    }
    // "stdout" and "stderr" differ in their fourth letter.
    let stream: LogLine.Stream = buffer[start + Self.timeLength + 4] == 0x6F ? .output : .error
    return Head(
      time: Timestamp(nanoseconds: second + fraction), stream: stream,
      isPartial: buffer[start + Self.timeLength + 8] == UInt8(ascii: "P"))
  }

  private mutating func second(_ text: UnsafeRawBufferPointer) -> Int64? {
    if cachedSecond.elementsEqual(text) { return cachedTime }
    guard let time = Timestamp(rfc3339: String(decoding: text, as: UTF8.self) + "Z") else {
      return nil
    }
    cachedSecond = Array(text)
    cachedTime = time.nanoseconds
    return cachedTime
  }
}
