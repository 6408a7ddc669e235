import Model
import TestSupport
import Testing

@testable import State

@Suite("A line of a log", .timeLimit(.standard))
struct LogLineTests {
  private static let source = LogSource(
    id: .random(), name: "shop-web-1", label: "web-1",
    service: "web", number: 1)

  private func lines(
    of text: [UInt8], _ stream: OutputStream, at time: Timestamp, room: Int = 4096
  ) -> (lines: [LogLine], bytes: [UInt8]) {
    var formatter = LogFormatter()
    formatter.begin(stream, at: time)
    var bytes: [UInt8] = []
    var rest = text[...]
    while !rest.isEmpty {
      var target = [UInt8](repeating: 0, count: room)
      let (used, written) = Array(rest).withUnsafeBytes { source in
        target.withUnsafeMutableBytes { formatter.format(source, into: $0, enough: .max) }
      }
      guard used > 0 else { break }
      bytes += target[..<written]
      rest = rest.dropFirst(used)
    }
    var parser = LogLineParser(Self.source)
    var lines: [LogLine] = []
    parser.parse(bytes, into: &lines)
    return (lines, bytes)
  }

  @Test(
    "reads back as it was written",
    arguments: [OutputStream.output, .errors],
    ["one", "", "  blanks  ", "\u{0}\r\u{FFFD}ü", "2026-01-02T03:04:05.000000006Z stdout F x"])
  func roundTrip(stream: OutputStream, text: String) throws {
    let time = Timestamp(nanoseconds: 1_700_000_000_000_000_042)
    let (lines, bytes) = lines(of: Array("\(text)\n".utf8), stream, at: time)
    let line = try #require(lines.first)
    #expect(lines.count == 1)
    #expect(Array(line.text) == Array(text.utf8))
    #expect(line.time == time)
    #expect(line.stream == stream)
    #expect(!line.isPartial)
    #expect(bytes.withUnsafeBytes { LogFormatter.original(of: $0) } == Array("\(text)\n".utf8))
  }

  @Test("a long line is read back from its parts")
  func parts() {
    let text = Array(String(repeating: "xy", count: 200).utf8)
    let (lines, _) = lines(
      of: text + [0x0A], .errors, at: Timestamp(seconds: 1_700_000_000), room: 128)
    #expect(lines.flatMap { Array($0.text) } == text)
    #expect(lines.dropLast().filter { !$0.isPartial }.isEmpty)
    #expect(lines.last?.isPartial == false)
    #expect(lines.count > 2)
  }

  @Test("has the form that logs of all versions have")
  func form() {
    let head = LogLineFormat.head(.errors, .part, at: Timestamp(seconds: 0))
    #expect(String(decoding: head, as: UTF8.self) == "1970-01-01T00:00:00.000000000Z stderr P ")
    #expect(head.count == LogLineFormat.headLength)
    #expect(head[LogLineFormat.tagPosition] == LogLineFormat.Tag.part.rawValue)
    #expect(LogLineFormat.stream(head[LogLineFormat.streamPosition]) == .errors)
  }
}
