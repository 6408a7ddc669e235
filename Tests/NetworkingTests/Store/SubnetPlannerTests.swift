import Model
import State
import TestSupport
import Testing

@testable import Networking

@Suite("subnets of a new network", .timeLimit(.standard))
struct SubnetPlannerTests {
  private func plan(
    occupied: [OccupiedBlock] = [], _ change: (inout NetworkRequest) -> Void
  ) throws -> [NetworkRecord.Subnet] {
    var request = NetworkRequest(name: "shop_front")
    change(&request)
    return try SubnetPlanner(occupied: occupied).plan(request, id: ObjectID.random())
  }

  private func refusal(
    occupied: [OccupiedBlock] = [], _ change: (inout NetworkRequest) -> Void
  ) -> String {
    do {
      return "allowed: \(try plan(occupied: occupied, change))"
    } catch {
      return (error as? Diagnostic)?.message ?? "\(error)"
    }
  }

  private func occupied(_ block: String, yields: Bool = false) throws -> OccupiedBlock {
    OccupiedBlock(block: try #require(CIDR(block)), owner: "network other", yields: yields)
  }

  @Test("a network without wishes gets one free IPv4 subnet with the first address as gateway")
  func automatic() throws {
    let subnets = try plan(occupied: [try occupied("10.208.0.0/24")]) { _ in }
    #expect(subnets.map(\.block.description) == ["10.208.1.0/24"])
    #expect(subnets[0].gateway == IPAddress(10, 208, 1, 1))
  }

  @Test("IPv6 comes beside IPv4, or alone")
  func families() throws {
    let both = try plan { $0.enableIPv6 = true }
    #expect(both.map(\.block.family) == [.ipv4, .ipv6])
    let alone = try plan {
      $0.enableIPv4 = false
      $0.enableIPv6 = true
    }
    #expect(alone.map(\.block.family) == [.ipv6])
  }

  @Test("a subnet that another network has is refused with its name")
  func clash() throws {
    let taken = try occupied("10.5.0.0/16")
    let message = refusal(occupied: [taken]) {
      $0.subnets = [NetworkRequest.Subnet(block: CIDR("10.5.9.0/24"))]
    }
    #expect(
      message == "network shop_front: subnet 10.5.9.0/24 overlaps 10.5.0.0/16, "
        + "which network other has")
  }

  @Test("a subnet may lie inside a wide route to elsewhere, but not on top of one of its size")
  func wideRoute() throws {
    let route = try occupied("10.0.0.0/8", yields: true)
    let inside = try plan(occupied: [route]) {
      $0.subnets = [NetworkRequest.Subnet(block: CIDR("10.5.9.0/24"))]
    }
    #expect(inside.count == 1)
    let equal = refusal(occupied: [route]) {
      $0.subnets = [NetworkRequest.Subnet(block: CIDR("10.0.0.0/8"))]
    }
    #expect(equal.contains("overlaps"))
  }

  @Test("addresses outside of their subnet are refused by name")
  func outside() {
    let block = CIDR("10.5.9.0/24")
    let gateway = refusal {
      $0.subnets = [NetworkRequest.Subnet(block: block, gateway: IPAddress(10, 6, 0, 1))]
    }
    #expect(gateway == "network shop_front: gateway 10.6.0.1 is not in subnet 10.5.9.0/24")
    let range = refusal {
      $0.subnets = [NetworkRequest.Subnet(block: block, range: CIDR("10.5.0.0/16"))]
    }
    #expect(range == "network shop_front: range 10.5.0.0/16 is not in subnet 10.5.9.0/24")
    let broadcast = refusal {
      $0.subnets = [NetworkRequest.Subnet(block: block, gateway: IPAddress(10, 5, 9, 255))]
    }
    #expect(broadcast.contains("is not a host address"))
  }

  @Test("a subnet without room is refused")
  func tooSmall() {
    let message = refusal { $0.subnets = [NetworkRequest.Subnet(block: CIDR("10.5.9.0/31"))] }
    #expect(message.contains("no room"))
  }

  @Test("when no subnet is left, the message names who is in the way and what to do")
  func exhausted() throws {
    let taken = try ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map { try occupied($0) }
    do {
      _ = try plan(occupied: taken) { _ in }
      Issue.record("a subnet was found")
    } catch let diagnostic as Diagnostic {
      #expect(diagnostic.message.contains("no free subnet is left"))
      #expect(diagnostic.notes.map(\.message) == ["in the way: network other"])
      #expect(diagnostic.hint?.contains("network prune") == true)
    }
  }
}
