import Glibc
import Model

/// Takes apart the lines of a container's log. Their form is `LogLineFormat`.
package struct LogLineParser {
  private let source: LogSource
  // Most lines of a chunk are from the same second: its calendar is computed once.
  private var cachedSecond: [UInt8] = []
  private var cachedTime: Int64 = 0

  /// Makes a parser of the lines of one container.
  package init(_ source: LogSource) { self.source = source }

  /// The lines in `bytes`, which must end with a newline; lines of another form are passed over.
  package mutating func parse(_ bytes: [UInt8], into lines: inout [LogLine]) {
    var start = 0
    bytes.withUnsafeBytes { buffer in
      while start < buffer.count, let base = buffer.baseAddress {
        guard let end = memchr(base + start, Int32(LogLineFormat.end), buffer.count - start) else {
          return
        }
        let stop = UnsafeRawPointer(end) - base
        if let head = parseHead(buffer, start, stop) {
          lines.append(
            LogLine(
              source: source, time: head.time, stream: head.stream,
              text: bytes[(start + LogLineFormat.headLength)..<stop], isPartial: head.isPartial))
        }
        start = stop + 1
      }
    }
  }

  private struct Head {
    var time: Timestamp
    var stream: OutputStream
    var isPartial: Bool
  }

  private mutating func parseHead(
    _ buffer: UnsafeRawBufferPointer, _ start: Int, _ stop: Int
  ) -> Head? {
    guard stop - start >= LogLineFormat.headLength,
      let second = second(
        UnsafeRawBufferPointer(rebasing: buffer[start..<(start + LogLineFormat.secondLength)]))
    else { return nil }
    var fraction: Int64 = 0
    for position in LogLineFormat.fraction {
      let digit = buffer[start + position] &- 0x30
      guard digit < 10 else { return nil }
      fraction = fraction * 10 + Int64(digit)
    }
    return Head(
      time: Timestamp(nanoseconds: second + fraction),
      stream: LogLineFormat.stream(buffer[start + LogLineFormat.streamPosition]),
      isPartial: buffer[start + LogLineFormat.tagPosition] == LogLineFormat.Tag.part.rawValue)
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
