import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Networking

@Suite("address leases", .timeLimit(.standard))
struct AddressLeasesTests {
  private func withLeases(
    _ subnets: [NetworkRecord.Subnet], _ body: (AddressLeases) throws -> Void
  ) throws {
    let files = try TemporaryDirectory()
    let network = NetworkRecord(
      name: "front", id: .random(), subnets: subnets, created: Timestamp(seconds: 0))
    try body(AddressLeases(network: network, directory: files.path))
  }

  private func subnet(_ block: String, range: String? = nil) throws -> NetworkRecord.Subnet {
    NetworkRecord.Subnet(try #require(CIDR(block)), range: range.flatMap { CIDR($0) })
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "allowed"
    } catch {
      return (error as? NetworkError)?.diagnostic.message ?? "\(error)"
    }
  }

  @Test("addresses are given out from the first after the gateway, and kept by who has them")
  func order() throws {
    try withLeases([try subnet("10.9.0.0/24")]) { (leases: AddressLeases) throws in
      let one = ObjectID.random()
      let two = ObjectID.random()
      #expect(try leases.lease(one) == [IPAddress(10, 9, 0, 2)])
      #expect(try leases.lease(two) == [IPAddress(10, 9, 0, 3)])
      #expect(try leases.lease(one) == [IPAddress(10, 9, 0, 2)])
      try leases.release(one)
      #expect(try leases.all().map(\.container) == [two])
    }
  }

  @Test("a container of both families gets an address of each")
  func families() throws {
    try withLeases([try subnet("10.9.0.0/24"), try subnet("fd09::/64")]) { leases in
      let addresses = try leases.lease(.random())
      #expect(addresses.map(\.description) == ["10.9.0.2", "fd09::2"])
    }
  }

  @Test("the range, the gateway and reserved addresses are respected")
  func reserved() throws {
    var limited = try subnet("10.9.0.0/24", range: "10.9.0.8/30")
    limited.gateway = IPAddress(10, 9, 0, 8)
    limited.reserved = ["router": IPAddress(10, 9, 0, 9)]
    try withLeases([limited]) { (leases: AddressLeases) throws in
      #expect(try leases.lease(.random()) == [IPAddress(10, 9, 0, 10)])
      #expect(try leases.lease(.random()) == [IPAddress(10, 9, 0, 11)])
      let full = message { _ = try leases.lease(.random()) }
      #expect(full == "network front has no free address left in 10.9.0.8/30")
    }
  }

  @Test("an address that is asked for is given, outside of the range too")
  func requested() throws {
    try withLeases([try subnet("10.9.0.0/24", range: "10.9.0.0/28")]) {
      (leases: AddressLeases) throws in
      let one = ObjectID.random()
      let wish = IPAddress(10, 9, 0, 77)
      #expect(try leases.lease(one) == [IPAddress(10, 9, 0, 2)])
      #expect(try leases.lease(one, requested: [wish]) == [wish])
      #expect(try leases.all().map(\.address) == [wish])
      let taken = message { _ = try leases.lease(.random(), requested: [wish]) }
      #expect(taken.hasSuffix("it is in use by container \(one.short)"))
    }
  }

  @Test("addresses that cannot be given out are refused with the reason")
  func refusals() throws {
    try withLeases([try subnet("10.9.0.0/24")]) { leases in
      for (address, reason) in [
        (IPAddress(10, 9, 0, 1), "gateway"), (IPAddress(10, 9, 0, 255), "whole subnet"),
        (IPAddress(10, 9, 1, 1), "no subnet"), (IPAddress(.ipv6, 1), "no subnet"),
      ] {
        let text = message { _ = try leases.lease(.random(), requested: [address]) }
        #expect(text.contains(reason), "\(address): \(text)")
      }
    }
  }

  @Test("two threads never get the same address")
  func concurrency() async throws {
    let files = try TemporaryDirectory()
    let network = NetworkRecord(
      name: "front", id: .random(), subnets: [try subnet("10.9.0.0/22")],
      created: Timestamp(seconds: 0))
    let leases = AddressLeases(network: network, directory: files.path)
    let addresses = try await withThrowingTaskGroup(of: [IPAddress].self) { group in
      for _ in 0..<4 {
        group.addTask { try (0..<50).flatMap { _ in try leases.lease(.random()) } }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(addresses.count == 200)
    #expect(Set(addresses).count == 200)
  }

  @Test("what a crash left is given back")
  func leftovers() throws {
    try withLeases([try subnet("10.9.0.0/24")]) { leases in
      let alive = ObjectID.random()
      _ = try leases.lease(alive)
      _ = try leases.lease(.random())
      try leases.releaseAll(except: [alive])
      #expect(try leases.all().map(\.container) == [alive])
    }
  }
}
