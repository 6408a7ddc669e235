import Model
import State
import TestSupport
import Testing

@testable import Engine

@Suite("Default routes", .timeLimit(.standard))
struct DefaultRouteTests {
  private func network(
    _ name: String, _ subnets: [String], isInternal: Bool = false
  ) throws -> NetworkRecord {
    NetworkRecord(
      name: name, id: .random(),
      subnets: try subnets.map { NetworkRecord.Subnet(try #require(CIDR($0))) },
      isInternal: isInternal, created: Timestamp(nanoseconds: 0))
  }

  private func route(
    _ attachments: [(String, Int)], _ family: IPAddress.Family, _ networks: [NetworkRecord]
  ) -> String? {
    let list = attachments.map {
      ContainerNetworking.Attachment(network: $0.0, gatewayPriority: $0.1)
    }
    let position = ContainerConnector.defaultRoute(among: list, family: family) { name in
      networks.first { $0.name == name }
    }
    return position.map { list[$0].network }
  }

  @Test("each family leaves by the best network that has it")
  func families() throws {
    let networks = [
      try network("a4", ["10.1.0.0/24"]), try network("b6", ["fd01::/64"]),
      try network("c46", ["10.3.0.0/24", "fd03::/64"]),
      try network("inside", ["10.4.0.0/24", "fd04::/64"], isInternal: true),
    ]
    let all = [("inside", 9), ("c46", 0), ("b6", 0), ("a4", 0)]
    #expect(route(all, .ipv4, networks) == "a4")
    #expect(route(all, .ipv6, networks) == "b6")
    #expect(route([("a4", 0), ("c46", 1)], .ipv4, networks) == "c46")
    #expect(route([("a4", 0), ("c46", 0)], .ipv6, networks) == "c46")
    #expect(route([("a4", 0)], .ipv6, networks) == nil)
    #expect(route([("inside", 0)], .ipv4, networks) == "inside")
    #expect(route([], .ipv4, networks) == nil)
  }

  @Test("a port leads to the addresses by which answers leave")
  func reachable() throws {
    let id = ObjectID.random()
    func endpoint(
      _ network: NetworkRecord, _ addresses: [String], _ route4: Bool, _ route6: Bool
    ) -> EndpointConfiguration {
      var endpoint = EndpointConfiguration(
        network: network, container: id, containerName: "c",
        addresses: addresses.compactMap { IPAddress($0) }, isDefaultRoute: route4)
      endpoint.isIPv6DefaultRoute = route6
      return endpoint
    }
    let four = endpoint(try network("a", ["10.1.0.0/24"]), ["10.1.0.2"], true, false)
    let both = endpoint(
      try network("b", ["10.2.0.0/24", "fd02::/64"]), ["10.2.0.2", "fd02::2"], false, true)
    let found = PublishedPort.reachableAddresses(of: [four, both]).map(\.description)
    #expect(found == ["10.1.0.2", "fd02::2"])
    let inside = endpoint(
      try network("i", ["10.3.0.0/24"], isInternal: true), ["10.3.0.2"], true, true)
    #expect(PublishedPort.reachableAddresses(of: [inside]).isEmpty)
  }

  @Test("options of an end are read, and what is wrong with wishes is said by key")
  func wishes() throws {
    let prefix = "com.docker.network.endpoint."
    let options = try EndpointOptions([
      prefix + "ifname": "lan0", prefix + "macaddress": "02:00:00:00:00:01",
      prefix + "sysctls": "net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.conf.IFNAME.mtu=1400",
      "other": "x",
    ])
    #expect(options.interfaceName == "lan0" && options.macAddress == "02:00:00:00:00:01")
    #expect(
      options.sysctls(of: "lan0")
        == ["net/ipv4/conf/lan0/log_martians": "1", "net/ipv6/conf/lan0/mtu": "1400"])
    #expect(options.unknown == ["other"])
    for text in [
      "net.ipv4.conf.eth0.x=1", "net.ipv4.conf.IFNAME.x", "kernel.IFNAME.x=1",
      "net.ipv4.conf.IFNAME.a/../b=1", "net.core.conf.IFNAME.x=1",
    ] {
      #expect(throws: EndpointOptions.Malformed.self, "\(text)") {
        try EndpointOptions([prefix + "sysctls": text])
      }
    }
    var attachment = ContainerNetworking.Attachment(
      network: "n", addresses: ["10.1.0.300", "10.9.0.1"], macAddress: "02:00",
      interfaceName: "a/b")
    attachment.linkLocalAddresses = ["x"]
    attachment.driverOptions = ["unknown": "1", prefix + "sysctls": "x"]
    let check = AttachmentCheck(attachment, network: try network("n", ["10.1.0.0/24"]))
    #expect(
      check.problems.map(\.key) == [
        "ipv4_address", "link_local_ips", "mac_address", "interface_name",
        "driver_opts.\(prefix)sysctls", "ipv4_address",
      ])
    attachment = ContainerNetworking.Attachment(network: "n", addresses: ["10.1.0.3"])
    attachment.driverOptions = ["unknown": "1"]
    let warned = AttachmentCheck(attachment, network: try network("n", ["10.1.0.0/24"])).problems
    #expect(warned.map(\.key) == ["driver_opts.unknown"] && warned.allSatisfy(\.isWarning))
  }
}
