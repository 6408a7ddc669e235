import Compose
import TestSupport
import Testing

@Suite("Sizes, durations, ports and permission bits", .timeLimit(.standard))
struct ProjectUnitTests {
  @Test(
    "sizes are powers of 1024 whatever their spelling",
    arguments: [
      ("1", 1), ("10b", 10), ("1k", 1024), ("1KiB", 1024), ("1 m", 1 << 20), ("64mb", 64 << 20),
      ("1.5g", 3 << 29), (".5k", 512), ("1t", 1 << 40), ("1p", 1 << 50), ("1e3k", 1_024_000),
      ("1.5", 1), ("1 ", 1), ("+1k", 1024),
    ])
  func sizes(text: String, expected: Int64) throws {
    #expect(try ByteSize.parse(text) == expected)
  }

  @Test(
    "what is no size is refused",
    arguments: [
      "", "m", "1e", "1mbb", "10bb", "1  m", "-1", "0x10", "inf", "nan", "1.5.5k", "1µ", " 1",
      "8388608t", "9e99",
    ])
  func noSize(text: String) {
    #expect(throws: UnitError.self) { try ByteSize.parse(text) }
  }

  @Test(
    "sizes are shown in the largest unit that fits",
    arguments: [(10, "10B"), (1536, "1.5KiB"), (64 << 20, "64MiB"), (0, "0B")])
  func shownSizes(size: Int64, expected: String) {
    #expect(ByteSize.description(of: size) == expected)
  }

  @Test(
    "durations are read and written as Go does, with days and weeks besides",
    arguments: [
      ("0", "0s"), ("0s", "0s"), ("1s", "1s"), ("90s", "1m30s"), ("1.5d", "36h0m0s"),
      ("1w", "168h0m0s"), ("1d2w", "360h0m0s"), ("-1s", "-1s"), ("+1s", "1s"), (".5s", "500ms"),
      ("1.s", "1s"), ("0.5ms", "500µs"), ("1us", "1µs"), ("1ns", "1ns"), ("1s1h", "1h0m1s"),
      ("1h5m30s20ms", "1h5m30.02s"), ("1.23456789012s", "1.23456789s"), ("1ms1us", "1.001ms"),
      ("2562047h", "2562047h0m0s"),
    ])
  func durations(text: String, expected: String) throws {
    #expect(DurationText.format(try DurationText.parse(text)) == expected)
  }

  @Test(
    "what is no duration is refused",
    arguments: [
      "", "90", "1h 30m", " 1s", "5 s", "1S", "1D", "1e3s", "s", ".s", "-", "2562048h",
      "99999999999999999999s",
    ])
  func noDuration(text: String) {
    #expect(throws: UnitError.self) { try DurationText.parse(text) }
  }

  @Test("a duration without a unit asks whether seconds were meant")
  func durationHint() throws {
    let error = try #require(throws: UnitError.self) { try DurationText.parse("90") }
    #expect(error.hint == "did you mean 90s?")
  }

  @Test(
    "the short form of ports gives address, published port, target and protocol",
    arguments: [
      ("3000", ["||3000|tcp"]), ("8000:80", ["|8000|80|tcp"]), ("80/UDP", ["||80|udp"]),
      ("127.0.0.1:8001:8001", ["127.0.0.1|8001|8001|tcp"]), (":9999", ["||9999|tcp"]),
      ("127.0.0.1::80", ["127.0.0.1||80|tcp"]), ("[::1]:80:80", ["::1|80|80|tcp"]),
      ("::1:80:80", ["::1|80|80|tcp"]), ("08:09", ["|8|9|tcp"]), ("+80", ["||80|tcp"]),
      ("8000-9000:80", ["|8000-9000|80|tcp"]), ("80-81", ["||80|tcp", "||81|tcp"]),
      ("90-91:80-81/sctp", ["|90|80|sctp", "|91|81|sctp"]), ("0:80", ["|0|80|tcp"]),
    ])
  func ports(text: String, expected: [String]) throws {
    let entries = try PortSyntax.parse(text)
    let shown = entries.map { "\($0.hostIP)|\($0.published)|\($0.target)|\($0.protocol)" }
    #expect(shown == expected)
  }

  @Test(
    "what is no port is refused",
    arguments: [
      "", "80:", "80:/tcp", "80/foo", "65536", "80-79", "1:2:3:4", "a:80", "8080-8082:80-81",
      "localhost:80:80", " 80", "80 ", "1.2.3:80:80", "256.1.1.1:80:80", "[fe80::1%eth0]:80:80",
      "80-81-82", "-1",
    ])
  func noPorts(text: String) {
    #expect(throws: UnitError.self) { try PortSyntax.parse(text) }
  }

  @Test("a range of all ports expands to one entry each")
  func allPorts() throws {
    let entries = try PortSyntax.parse("1-65535:1-65535")
    #expect(entries.count == 65_535)
    #expect(entries.last?.published == "65535")
  }

  @Test("permission bits are octal texts", arguments: [("0440", 0o440), ("1777", 0o1777)])
  func modes(text: String, expected: UInt32) throws {
    #expect(try FileModeText.parse(text) == expected)
    #expect(throws: UnitError.self) { try FileModeText.parse("\(text)9") }
  }
}
