import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Shim

@Suite("Lines as receivers want them", .timeLimit(.standard))
struct LogEncoderTests {
  private func line(
    _ text: String, _ stream: OutputStream = .output, isPartial: Bool = false
  ) -> LogLine {
    LogLine(
      source: LogSource(id: .random(), name: "", label: "", service: "", number: 0),
      time: Timestamp(nanoseconds: 1_700_000_000_123_456_789), stream: stream,
      text: Array(text.utf8)[...], isPartial: isPartial)
  }

  private func spec(_ form: LogDeliverySpec.Form) -> LogDeliverySpec {
    var spec = LogDeliverySpec(form: form, transport: .udp, addresses: ["127.0.0.1"], name: "x")
    spec.hostname = "box"
    spec.tag = "web"
    return spec
  }

  private func text(_ messages: [[UInt8]]) -> String {
    messages.map { String(decoding: $0, as: UTF8.self) }.joined()
  }

  @Test(
    "syslog: the priority tells facility and stream, and the form what is around the text",
    arguments: [
      (LogDeliverySpec.Form.syslog, "^<30>Nov 1[45] ..:..:20 web\\[[0-9]+\\]: hi\n$"),
      (.rfc3164, "^<30>Nov 1[45] ..:..:20 box web\\[[0-9]+\\]: hi\n$"),
      (.rfc5424, "^<30>1 2023-11-1[45]T..:..:20(Z|[+-]..:..) box web [0-9]+ web - hi\n$"),
      (
        .rfc5424micro,
        "^<30>1 2023-11-1[45]T..:..:20.123456(Z|[+-]..:..) box web [0-9]+ web - hi\n$"
      ),
    ])
  func syslog(form: LogDeliverySpec.Form, pattern: String) throws {
    let message = text(SyslogEncoder(spec(form)).messages(for: line("hi")))
    let match = try Regex(pattern).firstMatch(in: message)
    #expect(match != nil, "\(message)")
    var local = spec(form)
    local.facility = 23
    let error = text(SyslogEncoder(local).messages(for: line("hi", .errors)))
    #expect(error.hasPrefix("<\(23 * 8 + 3)>"))
  }

  @Test("the journal: fields, those with line ends by their length")
  func journal() {
    var spec = spec(.journal)
    spec.attributes = [NamedValue("CONTAINER_NAME", "p-web-1"), NamedValue("NOTE", "a\nb")]
    let encoder = JournalEncoder(spec)
    let message = text(encoder.messages(for: line("hi", .errors, isPartial: true)))
    for field in [
      "MESSAGE=hi\n", "PRIORITY=3\n", "CONTAINER_PARTIAL_MESSAGE=true\n",
      "CONTAINER_NAME=p-web-1\n", "SYSLOG_IDENTIFIER=web\n",
      "NOTE\n\u{3}\0\0\0\0\0\0\0a\nb\n",
    ] { #expect(message.contains(field), "\(message)") }
    #expect(encoder.messages(for: line("")).isEmpty)
  }

  @Test("GELF over TCP: JSON with a zero byte behind it")
  func stream() throws {
    var spec = spec(.gelf)
    spec.transport = .tcp
    spec.attributes = [NamedValue("_tag", "web")]
    let message = try #require(GELFEncoder(spec).messages(for: line("hi \"there\"")).first)
    #expect(message.last == 0)
    let json = try JSON.parse(message.dropLast())
    #expect(json["short_message"]?.stringValue == "hi \"there\"")
    #expect(json["version"]?.stringValue == "1.1" && json["host"]?.stringValue == "box")
    #expect(json["level"]?.intValue == 6 && json["_tag"]?.stringValue == "web")
    #expect(json["timestamp"]?.doubleValue == 1_700_000_000.123)
  }

  @Test("GELF over UDP: what is longer than a datagram is cut, and says so")
  func chunks() throws {
    var spec = spec(.gelf)
    spec.compression = .none
    let long = String(repeating: "0123456789", count: 500)
    let parts = GELFEncoder(spec).messages(for: line(long))
    #expect(parts.count == 4)
    #expect(parts.allSatisfy { $0.count <= 1420 && Array($0[0..<2]) == [0x1E, 0x0F] })
    #expect(Set(parts.map { Array($0[2..<10]) }).count == 1)
    #expect(parts.map { Int($0[10]) } == [0, 1, 2, 3] && parts.allSatisfy { $0[11] == 4 })
    let json = try JSON.parse(parts.flatMap { $0[12...] })
    #expect(json["short_message"]?.stringValue == long)
    #expect(GELFEncoder.datagrams([UInt8](repeating: 1, count: 200_000)).isEmpty)
  }

  /// Bytes that are short, long, alike, and all different.
  static let samples: [[UInt8]] = [
    [], [0], Array("hello hello hello hello".utf8), [UInt8](repeating: 7, count: 70_000),
    (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) },
    Array(String(repeating: "{\"a\":\"é\"},", count: 3000).utf8),
  ]

  @Test("what is compressed comes out as it was", .needs("gzip", "python3"), arguments: samples)
  func compression(bytes: [UInt8]) throws {
    for isStored in [false, true] {
      let packed = Deflate.gzip(bytes, isStored: isStored)
      let gzip = try #require(Spawn.find("gzip"))
      let unpacked = try Spawn.capture(SpawnRequest(gzip, ["-dc"]), input: packed)
      #expect(unpacked.output == bytes && unpacked.status == .exited(0), "\(unpacked.errorText)")
      let python = try #require(Spawn.find("python3"))
      let script =
        "import sys,zlib; sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))"
      let other = try Spawn.capture(
        SpawnRequest(python, ["-c", script], environment: Spawn.currentEnvironment),
        input: Deflate.zlib(bytes, isStored: isStored))
      #expect(other.output == bytes && other.status == .exited(0), "\(other.errorText)")
      if bytes.count > 20_000, Set(bytes).count < 20, !isStored {
        #expect(packed.count < bytes.count / 5)
      }
    }
  }
}
