import Model
import Netlink
import State
import TestSupport
import Testing

@testable import Networking

@Suite("Drivers", .timeLimit(.standard))
struct DriverTests {
  private func network(_ driver: String, _ options: OrderedMap<String>) throws -> NetworkRecord {
    NetworkRecord(
      name: "n", id: .random(), driver: driver, options: options,
      subnets: [NetworkRecord.Subnet(try #require(CIDR("10.1.0.0/24")))],
      created: Timestamp(nanoseconds: 0))
  }

  @Test("the name of a VLAN's link has a number behind its last dot")
  func vlanNames() throws {
    #expect(try #require(VLANName("eth0.10")).base == "eth0")
    #expect(try #require(VLANName("bond0.5.4094")).base == "bond0.5")
    for name in ["eth0", "eth0.", ".5", "eth0.0", "eth0.4095", "eth0.x", "eth0.-1", ""] {
      #expect(VLANName(name) == nil, "\(name)")
    }
  }

  @Test("modes have the kernel's numbers, and a bridge has none")
  func modes() throws {
    #expect(try network("bridge", [:]).parentLinkMode == nil)
    #expect(try network("macvlan", [:]).parentLinkMode == .macvlan(4))
    #expect(try network("macvlan", ["macvlan_mode": "passthru"]).parentLinkMode == .macvlan(8))
    #expect(try network("ipvlan", [:]).parentLinkMode == .ipvlan(0, flags: 0))
    let layer3 = try network("ipvlan", ["ipvlan_mode": "l3s", "ipvlan_flag": "private"])
    #expect(layer3.parentLinkMode == .ipvlan(2, flags: 1))
    #expect(layer3.routesByLink)
    #expect(try !network("ipvlan", ["ipvlan_mode": "l2"]).routesByLink)
  }

  @Test("rules are for bridges alone, and ports lead to bridges alone")
  func rules() throws {
    let (lan, bridge) = (try network("macvlan", [:]), try network("bridge", [:]))
    #expect(FirewallState(networks: [lan, bridge]).networks.map(\.id) == [bridge.id])
    func endpoint(_ network: NetworkRecord, _ address: String) throws -> EndpointConfiguration {
      EndpointConfiguration(
        network: network, container: .random(), containerName: "c",
        addresses: [try #require(IPAddress(address))])
    }
    let ends = [try endpoint(lan, "10.1.0.2"), try endpoint(bridge, "10.1.0.3")]
    #expect(PublishedPort.reachableAddresses(of: ends).map(\.description) == ["10.1.0.3"])
    #expect(PublishedPort.reachableAddresses(of: [ends[0]]).isEmpty)
  }

  @Test("a default route changes places, and links that stay are not touched")
  func changes() throws {
    func end(_ address: String, _ name: String, _ isRoute: Bool) throws -> EndpointConfiguration {
      let record = try network("bridge", [:])
      return EndpointConfiguration(
        network: record, container: .random(), containerName: "c", interfaceName: name,
        addresses: [try #require(IPAddress(address))], isDefaultRoute: isRoute)
    }
    let (a, b) = (try end("10.1.0.2", "eth0", true), try end("10.1.0.3", "eth1", false))
    var moved = b
    moved.isDefaultRoute = true
    let change = ConnectionChange(.random(), from: [a, b], to: [moved])
    #expect(change.leaving == [a] && change.joining.isEmpty)
    #expect(moved.defaultRoutes.map(\.interface) == ["eth1"] && b.defaultRoutes.isEmpty)
    let back = ConnectionChange(.random(), from: [moved], to: [a, b])
    #expect(back.leaving.isEmpty && back.joining == [a])
  }
}
