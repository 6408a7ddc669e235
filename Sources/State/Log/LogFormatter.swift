import Glibc
import Linux
import Model

/// Which of its two streams a program wrote to.
package enum OutputStream: Int {
  case output
  case errors

  package var name: StaticString { self == .output ? "stdout" : "stderr" }
}

/// Turns what a program wrote into lines of time, stream, tag and text.
///
/// A tag is `F` for a full line and `P` for a part of one: a reader joins parts up to the next `F`
/// of the same stream.
package struct LogFormatter {
  /// `2026-01-02T03:04:05.000000006Z stdout F `
  package static let prefixLength = 40

  private var full = [UInt8](repeating: 0, count: prefixLength)
  private var part = [UInt8](repeating: 0, count: prefixLength)

  /// Makes a formatter; `begin` comes before the first line.
  package init() {}

  /// Sets the time and stream of what follows.
  package mutating func begin(_ stream: OutputStream, at time: Timestamp) {
    let text = time.rfc3339 + " \(stream.name) F "
    full = Array(text.utf8)
    part = full
    part[Self.prefixLength - 2] = UInt8(ascii: "P")
  }

  /// Formats as many lines as there is room for, and none more once `enough` bytes are written.
  ///
  /// - Returns: how many bytes of `source` were used, and how many bytes were written. A last line
  ///   without its end is written as a part; a line that is longer than the target as well.
  package func format(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, enough: Int
  ) -> (used: Int, written: Int) {
    guard let from = source.baseAddress, let to = target.baseAddress else { return (0, 0) }
    let overhead = Self.prefixLength + 1
    var used = 0
    var written = 0
    full.withUnsafeBytes { full in
      part.withUnsafeBytes { part in
        guard let fullPrefix = full.baseAddress, let partPrefix = part.baseAddress else { return }
        while used < source.count, written < enough, target.count - written > overhead {
          let room = target.count - written - overhead
          let rest = source.count - used
          let end = memchr(from + used, 0x0A, rest)
          var length = end.map { $0 - UnsafeMutableRawPointer(mutating: from + used) } ?? rest
          var isFull = end != nil
          if length > room {
            // A shorter row of lines first; alone, a long line is cut.
            if written > 0 { return }
            length = room
            isFull = false
          }
          memcpy(to + written, isFull ? fullPrefix : partPrefix, Self.prefixLength)
          memcpy(to + written + Self.prefixLength, from + used, length)
          to.storeBytes(
            of: 0x0A, toByteOffset: written + Self.prefixLength + length, as: UInt8.self)
          written += length + overhead
          used += isFull ? length + 1 : length
        }
      }
    }
    return (used, written)
  }

  /// The bytes that a program wrote, out of lines of one stream.
  package static func original(of lines: UnsafeRawBufferPointer) -> [UInt8] {
    var result: [UInt8] = []
    var rest = lines[...]
    while let end = rest.firstIndex(of: 0x0A) {
      let line = rest[rest.startIndex..<end]
      rest = rest[(end + 1)...]
      guard line.count >= prefixLength else { continue }
      result.append(contentsOf: line.dropFirst(prefixLength))
      if line[line.startIndex + prefixLength - 2] == UInt8(ascii: "F") { result.append(0x0A) }
    }
    return result
  }
}
