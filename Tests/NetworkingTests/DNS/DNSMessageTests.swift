import Model
import TestSupport
import Testing

@testable import Networking

@Suite("DNS messages", .timeLimit(.standard))
struct DNSMessageTests {
  private func name(_ text: String) throws -> DNSName { try #require(DNSName(text)) }

  /// A query for the IPv4 address of `Web.Shop` with recursion desired.
  private let query: [UInt8] =
    [0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0] + [3] + Array("Web".utf8) + [4]
    + Array("Shop".utf8) + [0, 0, 1, 0, 1]

  @Test("a query is read, and written again byte by byte")
  func roundTrip() throws {
    let message = try DNSMessage(parsing: query)
    #expect(message.id == 0x1234)
    #expect(message.questions.map(\.name.text) == ["web.shop"])
    #expect(message.questions.map(\.type) == [DNSMessage.RecordType.ipv4])
    #expect(!message.isResponse && message.isStandardQuery)
    #expect(message.encode() == query)
  }

  @Test("an answer points at the question's name and keeps its case")
  func answer() throws {
    let message = try DNSMessage(parsing: query)
    var response = message.response(.success)
    response.answers = [
      DNSMessage.Record(message.questions[0].name, 1, timeToLive: 5, data: [10, 0, 0, 1])
    ]
    let bytes = response.encode()
    #expect(Array(bytes[2..<4]) == [0x81, 0x80])
    #expect(Array(bytes[12..<22]) == Array(query[12..<22]))
    #expect(
      Array(bytes.suffix(16)) == [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 1])
    #expect(try DNSMessage(parsing: bytes).answers.map(\.name.text) == ["web.shop"])
  }

  @Test("a message that would be too long says that it was cut")
  func truncation() throws {
    let message = try DNSMessage(parsing: query)
    var response = message.response(.success)
    response.answers = (0..<100).map { index in
      DNSMessage.Record(
        message.questions[0].name, 1, timeToLive: 5, data: [10, 0, 0, UInt8(index)])
    }
    let short = response.encode(limit: 512)
    #expect(short.count <= 512)
    let read = try DNSMessage(parsing: short)
    #expect(read.isTruncated)
    #expect(read.answers.count == 30)
    #expect(try !DNSMessage(parsing: response.encode()).isTruncated)
  }

  @Test("the sender's own limit is respected, and answered with ours")
  func extensions() throws {
    var message = try DNSMessage(parsing: query)
    #expect(message.datagramLimit == 512)
    message.additional = [
      DNSMessage.Record(
        .root, DNSMessage.RecordType.options, recordClass: 4096, timeToLive: 0, data: [])
    ]
    let read = try DNSMessage(parsing: message.encode())
    #expect(read.datagramLimit == 4096)
    #expect(read.response(.success).additional.map(\.recordClass) == [1232])
  }

  @Test("compressed names are followed backwards only")
  func compression() throws {
    var bytes = query
    bytes[7] = 1  // one answer, whose name points at "Shop"
    bytes += [0xC0, 16, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 1]
    #expect(try DNSMessage(parsing: bytes).answers.map(\.name.text) == ["shop"])
    var loop = query
    loop.replaceSubrange(12..<14, with: [0xC0, 12])
    #expect(throws: DNSFormatError.self) { try DNSMessage(parsing: loop) }
  }

  @Test("a message cut anywhere is refused")
  func cut() {
    for count in 0..<query.count {
      #expect(throws: DNSFormatError.self) { try DNSMessage(parsing: Array(query.prefix(count))) }
    }
  }

  @Test(
    "names that cannot travel are refused",
    arguments: [
      "", "a..b", ".a", String(repeating: "x", count: 64),
      String(repeating: "abc.", count: 64) + "abc",
    ])
  func badNames(_ text: String) {
    #expect(DNSName(text) == nil)
  }

  @Test("the address of a reverse name is found, in both families")
  func reverse() throws {
    #expect(try name("2.0.208.10.IN-ADDR.arpa").reverseAddress == IPAddress(10, 208, 0, 2))
    let nibbles = "1" + String(repeating: ".0", count: 29) + ".d.f.ip6.arpa"
    #expect(try name(nibbles).reverseAddress?.description == "fd00::1")
    #expect(try name("208.10.in-addr.arpa").reverseAddress == nil)
    #expect(try name("www.example.com").reverseAddress == nil)
  }

  @Test("random bytes never crash the reader, and what it reads can be written", arguments: 0..<8)
  func random(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<4000 {
      var bytes = (0..<Int.random(in: 0...90, using: &generator)).map { _ in
        // Small numbers make plausible lengths, types and pointers.
        Bool.random(using: &generator)
          ? UInt8.random(in: 0...12, using: &generator) : .random(in: 0...255, using: &generator)
      }
      if Bool.random(using: &generator) { bytes = query + bytes }
      if bytes.count > 12 {
        for index in [4, 6, 8, 10] { bytes[index] = 0 }
        bytes[7] = UInt8.random(in: 0...2, using: &generator)
      }
      guard let message = try? DNSMessage(parsing: bytes) else { continue }
      let again = try? DNSMessage(parsing: message.encode())
      #expect(again?.questions == message.questions)
      _ = message.questions.map { ($0.name.reverseAddress, $0.name.isSingleLabel) }
      _ = DNSAnswerHeader(bytes)
    }
  }
}

/// Random numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
