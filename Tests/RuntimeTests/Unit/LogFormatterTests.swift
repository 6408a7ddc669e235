import Model
import State
import TestSupport
import Testing

@testable import Shim

@Suite("Lines for the log", .timeLimit(.standard))
struct LogFormatterTests {
  /// Formats bytes with room for `room`; returns the lines without their time, and what was used.
  private func format(
    _ bytes: [UInt8], room: Int = 4096, enough: Int = .max
  ) -> (lines: [String], used: Int, original: [UInt8]) {
    var formatter = LogFormatter()
    formatter.begin(.output, at: Timestamp(seconds: 1_700_000_000))
    var target = [UInt8](repeating: 0, count: room)
    let (used, written) = bytes.withUnsafeBytes { source in
      target.withUnsafeMutableBytes { formatter.format(source, into: $0, enough: enough) }
    }
    let text = target[..<written]
    let lines = text.split(separator: 0x0A).map {
      String(decoding: $0.dropFirst(31), as: UTF8.self)
    }
    let original = Array(text).withUnsafeBytes { LogFormatter.original(of: $0) }
    return (lines, used, original)
  }

  @Test("whole lines are tagged F, the beginning of one P")
  func tags() {
    let text = Array("one\n\ntwo".utf8)
    let (lines, used, original) = format(text)
    #expect(lines == ["stdout F one", "stdout F ", "stdout P two"])
    #expect(used == text.count)
    #expect(original == text)
  }

  @Test("a line that is longer than the room is cut into parts, without a loss")
  func longLine() {
    let text = Array(String(repeating: "x", count: 300).utf8) + [0x0A]
    var rest = text[...]
    var all: [UInt8] = []
    var rounds = 0
    while !rest.isEmpty, rounds < 20 {
      let (_, used, original) = format(Array(rest), room: 141)
      rest = rest.dropFirst(used)
      all += original
      rounds += 1
    }
    #expect(all == text)
    #expect(rounds == 3)
  }

  @Test("no more lines are begun once enough is written")
  func enough() {
    let (lines, used, _) = format(Array("one\ntwo\nthree\n".utf8), enough: 50)
    #expect(lines == ["stdout F one", "stdout F two"])
    #expect(used == 8)
  }

  @Test("any bytes come back as they were")
  func anyBytes() {
    let text: [UInt8] = [0, 255, 0x0A, 0x0D, 0x0A, 0x0A, 128]
    #expect(format(text).original == text)
  }
}
