import Glibc
import Model

/// Turns what a program wrote into lines of a log. Their form is `LogLineFormat`.
package struct LogFormatter {
  private var full = [UInt8](repeating: 0, count: LogLineFormat.headLength)
  private var part = [UInt8](repeating: 0, count: LogLineFormat.headLength)

  /// Makes a formatter; `begin` comes before the first line.
  package init() {}

  /// Sets the time and stream of what follows.
  package mutating func begin(_ stream: OutputStream, at time: Timestamp) {
    full = LogLineFormat.head(stream, .full, at: time)
    part = full
    part[LogLineFormat.tagPosition] = LogLineFormat.Tag.part.rawValue
  }

  /// Formats as many lines as there is room for, and none more once `enough` bytes are written.
  ///
  /// - Returns: how many bytes of `source` were used, and how many bytes were written. A last line
  ///   without its end is written as a part; a line that is longer than the target as well.
  package func format(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, enough: Int
  ) -> (used: Int, written: Int) {
    guard let from = source.baseAddress, let to = target.baseAddress else { return (0, 0) }
    let overhead = LogLineFormat.headLength + 1
    var used = 0
    var written = 0
    full.withUnsafeBytes { full in
      part.withUnsafeBytes { part in
        guard let fullPrefix = full.baseAddress, let partPrefix = part.baseAddress else { return }
        while used < source.count, written < enough, target.count - written > overhead {
          let room = target.count - written - overhead
          let rest = source.count - used
          let end = memchr(from + used, Int32(LogLineFormat.end), rest)
          var length = end.map { $0 - UnsafeMutableRawPointer(mutating: from + used) } ?? rest
          var isFull = end != nil
          if length > room {
            // A shorter row of lines first; alone, a long line is cut.
            if written > 0 { return }
            length = room
            isFull = false
          }
          memcpy(to + written, isFull ? fullPrefix : partPrefix, LogLineFormat.headLength)
          memcpy(to + written + LogLineFormat.headLength, from + used, length)
          to.storeBytes(
            of: LogLineFormat.end, toByteOffset: written + LogLineFormat.headLength + length,
            as: UInt8.self)
          written += length + overhead
          used += isFull ? length + 1 : length
        }
      }
    }
    return (used, written)
  }

  /// A whole line of roost's own.
  package static func line(
    _ text: String, _ stream: OutputStream, at time: Timestamp
  ) -> [UInt8] {
    LogLineFormat.head(stream, .full, at: time) + Array(text.utf8) + [LogLineFormat.end]
  }

  /// The bytes that a program wrote, out of lines of one stream.
  package static func original(of lines: UnsafeRawBufferPointer) -> [UInt8] {
    var result: [UInt8] = []
    var rest = lines[...]
    while let end = rest.firstIndex(of: LogLineFormat.end) {
      let line = rest[rest.startIndex..<end]
      rest = rest[(end + 1)...]
      guard line.count >= LogLineFormat.headLength else { continue }
      result.append(contentsOf: line.dropFirst(LogLineFormat.headLength))
      let tag = line[line.startIndex + LogLineFormat.tagPosition]
      if tag == LogLineFormat.Tag.full.rawValue { result.append(LogLineFormat.end) }
    }
    return result
  }
}
