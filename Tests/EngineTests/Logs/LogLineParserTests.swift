import Model
import State
import TestSupport
import Testing

@testable import Engine

@Suite("Lines of a log", .timeLimit(.standard))
struct LogLineParserTests {
  private func parse(_ text: String) -> [LogLine] {
    var parser = LogLineParser(containerRecord("a").logSource)
    var lines: [LogLine] = []
    parser.parse(Array(text.utf8), into: &lines)
    return lines
  }

  @Test("has time, stream and text")
  func parts() throws {
    let lines = parse(
      """
      2026-01-02T03:04:05.000000006Z stdout F hello world
      2026-01-02T03:04:05.100000000Z stderr F oh no

      """)
    let first = try #require(lines.first)
    #expect(first.time == Timestamp(rfc3339: "2026-01-02T03:04:05.000000006Z"))
    #expect(lines.map(\.stream) == [.output, .errors])
    #expect(lines.map { String(decoding: $0.text, as: UTF8.self) } == ["hello world", "oh no"])
    #expect(lines.map(\.isPartial) == [false, false])
    #expect(first.source.service == "a")
  }

  @Test("tells parts of a long line from its end")
  func partial() {
    let lines = parse(
      """
      2026-01-02T03:04:05.000000001Z stdout P begin
      2026-01-02T03:04:05.000000001Z stdout F end

      """)
    #expect(lines.map(\.isPartial) == [true, false])
  }

  @Test("an empty line, blanks and bytes that are no text pass unchanged")
  func anyBytes() {
    let head = Array("2026-01-02T03:04:05.000000001Z stdout F ".utf8)
    let bodies: [[UInt8]] = [[], [0x20, 0x20], [0xFF, 0x00, 0x0D], Array("ü".utf8)]
    var parser = LogLineParser(containerRecord("a").logSource)
    var lines: [LogLine] = []
    parser.parse(bodies.flatMap { head + $0 + [0x0A] }, into: &lines)
    #expect(lines.map { Array($0.text) } == bodies)
  }

  @Test(
    "passes over lines of another form",
    arguments: [
      "", "torn", "2026-01-02T03:04:05.000000001Z",
      "2026-13-99T03:04:05.000000001Z stdout F no such day",
      "2026-01-02T03:04:05.00000000xZ stdout F no such fraction",
    ])
  func otherForm(line: String) {
    let good = "2026-01-02T03:04:05.000000001Z stdout F good\n"
    #expect(
      parse(good + line + "\n" + good).map { String(decoding: $0.text, as: UTF8.self) }
        == ["good", "good"])
  }

  @Test("times of one second, of the next and of the one before are kept apart")
  func seconds() {
    let times = [
      "2026-01-02T03:04:05.999999999Z", "2026-01-02T03:04:06.000000000Z",
      "2026-01-02T03:04:05.500000000Z", "1969-12-31T23:59:59.250000000Z",
    ]
    let lines = parse(times.map { "\($0) stdout F x\n" }.joined())
    #expect(lines.map(\.time.rfc3339) == times)
  }
}
