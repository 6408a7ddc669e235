import Model
import TestSupport
import Testing

@testable import Networking

@Suite("answers to questions for names", .timeLimit(.standard))
struct DNSDecisionTests {
  private let front = ObjectID.random()
  private let back = ObjectID.random()
  private let one = IPAddress(10, 9, 0, 2)
  private let two = IPAddress(10, 9, 0, 3)
  private let inner = IPAddress(10, 9, 1, 2)

  private func table() -> NameTable {
    func entry(_ name: String, _ names: [String], _ address: IPAddress) -> NameRegistry.Entry {
      NameRegistry.Entry(
        container: .random(), canonicalName: name, names: names + [name], addresses: [address])
    }
    var table = NameTable()
    table.update(
      network: front, name: "shop_front",
      entries: [
        entry("shop-web-1", ["web", "www.shop.test"], one), entry("shop-web-2", ["web"], two),
      ])
    table.update(
      network: back, name: "shop_back",
      entries: [
        entry("shop-db-1", ["DB"], inner), entry("shop-web-1", ["web"], inner.advanced(by: 1)),
      ])
    return table
  }

  private func decide(
    _ name: String, _ type: UInt16 = 1, on networks: [ObjectID]? = nil, turn: Int = 0,
    hasUpstream: Bool = false, mayForward: Bool = true,
    _ change: (inout DNSMessage) -> Void = { _ in }
  ) throws -> DNSDecision {
    var query = DNSMessage(id: 1, .init(try #require(DNSName(name)), type))
    change(&query)
    let client = DNSClient(
      container: .random(), networks: networks ?? [front, back], mayForward: mayForward)
    return .on(query, of: client, names: table(), turn: turn, hasUpstream: hasUpstream)
  }

  /// The code and the data of an answer; nil when it is none.
  private func answer(
    _ decision: DNSDecision
  ) -> (code: DNSMessage.ResponseCode?, data: [[UInt8]])? {
    guard case .answer(let message) = decision else { return nil }
    return (message.responseCode, message.answers.map(\.data))
  }

  private func isForward(_ decision: DNSDecision) -> Bool {
    if case .forward = decision { true } else { false }
  }

  @Test("a service has the addresses of all its replicas, another one first each time")
  func rotation() throws {
    #expect(answer(try decide("web", turn: 0))?.data == [one.bytes, two.bytes])
    #expect(answer(try decide("web", turn: 1))?.data == [two.bytes, one.bytes])
    #expect(answer(try decide("web", turn: 2))?.data == [one.bytes, two.bytes])
  }

  @Test(
    "case does not matter, and aliases with dots are found", arguments: ["WEB", "Www.Shop.Test"])
  func names(_ name: String) throws {
    #expect(answer(try decide(name))?.data.contains(one.bytes) == true)
  }

  @Test("the first network that has a name decides, unless the network is named")
  func order() throws {
    #expect(answer(try decide("web", on: [back, front]))?.data == [inner.advanced(by: 1).bytes])
    #expect(answer(try decide("web.shop_front", on: [back, front]))?.data.count == 2)
    #expect(answer(try decide("db.shop_back"))?.data == [inner.bytes])
  }

  @Test("names of networks that the container is not on are unknown to it")
  func view() throws {
    #expect(answer(try decide("db", on: [front]))?.code == .noSuchName)
    #expect(answer(try decide("web.shop_front", on: [back]))?.code == .serverFailure)
  }

  @Test("a known name without a record of the type asked for is no unknown name")
  func noData() throws {
    for type in [DNSMessage.RecordType.ipv6, 15, 16] as [UInt16] {
      let found = answer(try decide("db", type, hasUpstream: true))
      #expect(found?.code == .success)
      #expect(found?.data.isEmpty == true)
    }
  }

  @Test("an address is resolved to container and network")
  func pointer() throws {
    let found = answer(try decide("2.0.9.10.in-addr.arpa", DNSMessage.RecordType.pointer))
    #expect(found?.data == [try #require(DNSName("shop-web-1.shop_front")).wire])
    let other = try decide(
      "9.9.9.9.in-addr.arpa", DNSMessage.RecordType.pointer, hasUpstream: true)
    #expect(isForward(other))
  }

  @Test("other names are passed on, with or without a dot")
  func forward() throws {
    #expect(isForward(try decide("www.example.com", hasUpstream: true)))
    #expect(isForward(try decide("printer", hasUpstream: true)))
  }

  @Test("nothing is passed on for a container that has only internal networks")
  func internalOnly() throws {
    let dotted = try decide("www.example.com", hasUpstream: true, mayForward: false)
    #expect(answer(dotted)?.code == .serverFailure)
    let plain = try decide("nobody", hasUpstream: true, mayForward: false)
    #expect(answer(plain)?.code == .noSuchName)
  }

  @Test("what is no usual query is answered as such, and an answer is never answered")
  func oddities() throws {
    #expect(answer(try decide("web") { $0.flags |= 0x2800 })?.code == .notImplemented)
    #expect(answer(try decide("web") { $0.questions = [] })?.code == .formatError)
    let response = try decide("web") { $0.flags |= 0x8000 }
    #expect(answer(response) == nil && !isForward(response))
    #expect(isForward(try decide("web", hasUpstream: true) { $0.questions[0].recordClass = 3 }))
  }
}
