import TestSupport
import Testing

@testable import Netlink

@Suite("netlink decoding", .timeLimit(.standard))
struct DecodingTests {
  @Test("a link is read with its kind, its bridge and its alias")
  func link() throws {
    let datagram = hex(
      """
      64000000 1000 0000 01000000 00000000
      00 00 0100 0c000000 43100100 00000000
      0800 0300 72763000                       # IFLA_IFNAME rv0
      0800 0a00 05000000                       # IFLA_MASTER 5
      1600 1400 726f6f7374206e6574776f726b2061626300 0000   # IFLA_IFALIAS
      1000 1200
        0900 0100 7665746800 000000            # IFLA_INFO_KIND veth
      0800 0400 dc050000
      """)
    var fixed = datagram
    fixed.replaceSubrange(0..<4, with: UInt32(datagram.count).hostBytes)
    let messages = try NetlinkMessage.parse(fixed)
    let first = try #require(messages.first)
    let link = try #require(LinkRecord(first))
    #expect(link.index == 12)
    #expect(link.name == "rv0")
    #expect(link.master == 5)
    #expect(link.kind == "veth")
    #expect(link.alias == "roost network abc")
    #expect(link.isUp)
  }

  @Test("a route is read with gateway and link; a default route has an all-zero destination")
  func route() throws {
    let body = hex("02 00 00 00 fe 03 00 01 00000000 0800 0500 0a000001 0800 0400 03000000")
    let message = NetlinkMessage(type: 24, flags: [], sequence: 1, body: body)
    let route = try #require(RouteRecord(message))
    #expect(route.destination == [0, 0, 0, 0])
    #expect(route.prefixLength == 0)
    #expect(route.gateway == [10, 0, 0, 1])
    #expect(route.linkIndex == 3)
  }

  @Test("a local or blackhole route is passed over")
  func otherRoutes() {
    let body = hex("02 20 00 00 ff 02 fe 02 00000000 0800 0100 7f000001")
    #expect(RouteRecord(NetlinkMessage(type: 24, flags: [], sequence: 1, body: body)) == nil)
  }

  @Test("a chain that drops by default is recognised, with its hook")
  func chain() throws {
    let body = hex(
      """
      02 00 0000
      0b00 0100 66696c74657200 00              # filter
      0c00 0300 464f525741524400               # FORWARD
      1400 0480
        0800 0100 00000002
        0800 0200 00000000
      0800 0500 00000000                       # NF_DROP
      """)
    let chain = try #require(
      NetfilterChain(NetlinkMessage(type: 0x0A03, flags: [], sequence: 1, body: body)))
    #expect(chain.table == "filter")
    #expect(chain.name == "FORWARD")
    #expect(chain.hook == NetfilterHook.forward)
    #expect(chain.dropsByDefault)
  }

  @Test(
    "a length that does not fit is refused",
    arguments: [
      "0c000000 1000 0000 01000000 00000000",  // shorter than its own header
      "40000000 1000 0000 01000000 00000000",  // longer than the datagram
    ])
  func lengths(_ text: String) {
    #expect(throws: NetlinkFormatError.self) { try NetlinkMessage.parse(hex(text)) }
  }

  @Test(
    "an attribute's length that does not fit is refused", arguments: ["0300 0100", "0900 0100"])
  func attributeLengths(_ text: String) {
    #expect(throws: NetlinkFormatError.self) {
      try NetlinkAttributes(parsing: hex(text + "00000000")[0..<8])
    }
  }

  @Test("random bytes never crash the reader", arguments: 0..<8)
  func random(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<4000 {
      let count = Int.random(in: 0...120, using: &generator)
      var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      if count >= 16, Bool.random(using: &generator) {
        // A plausible header takes the reader further in.
        bytes.replaceSubrange(0..<4, with: UInt32(count).hostBytes)
        let types: [UInt16] = [2, 16, 20, 24, 0x0A03, 0x0100]
        bytes.replaceSubrange(4..<6, with: types.randomElement(using: &generator, or: 2).hostBytes)
      }
      for message in (try? NetlinkMessage.parse(bytes)) ?? [] {
        _ = LinkRecord(message)
        _ = AddressRecord(message)
        _ = RouteRecord(message)
        _ = NetfilterChain(message)
        _ = Flow(message)
        _ = Acknowledgement(message)
      }
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

extension Array {
  func randomElement(using generator: inout SeededGenerator, or fallback: Element) -> Element {
    randomElement(using: &generator) ?? fallback
  }
}
