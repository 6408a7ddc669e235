import Glibc
import Linux
import Model
import Netlink
import State
import TestSupport
import Testing

@testable import Networking

/// A port that is published on a loopback address of the host is open for the host alone. Everybody
/// else has a route to that address here, and no loopback of their own in its way.
@Suite("ports of the host's loopback", .timeLimit(.standard), .needsRoot, .serialized)
struct LoopbackPortTests {
  /// Who tries.
  enum Attacker: CaseIterable {
    /// A machine on the host's link.
    case outside
    /// The same, and another program lets loopback addresses in from that link.
    case outsideWithLocalNetworks
    /// A container of the same network.
    case neighbour
    /// A container of another network.
    case stranger
    /// A machine on a bridge of another program that lets loopback addresses in.
    case otherBridge
  }

  /// A host whose container has port 80 published as 8080, over TCP and UDP, and the proxy for it.
  private func withWeb(
    _ address: IPAddress, _ body: (HostSandbox, NetworkRecord, TestContainer) throws -> Void
  ) throws {
    try HostSandbox.with { host in
      let network = try host.network("front") { $0.enableIPv6 = true }
      let web = try host.container("web", on: [network])
      let ports = [TransportProtocol.tcp, .udp].map { transport in
        PublishedPort(
          hostAddress: address, hostPort: 8080, containerPort: 80, transport: transport,
          containerAddresses: web.addresses)
      }
      try host.publish(web, ports)
      let proxy = try LoopThread(in: host.hostPath) { loop in
        let proxy = PortProxy(loop)
        if let failure = proxy.open(web.id, ports).first { throw failure.error }
        return proxy
      }
      defer { proxy.stop() }
      try body(host, network, web)
    }
  }

  @Test(
    "published on 127.0.0.0/8 it is reached by nobody else",
    arguments: Attacker.allCases, ["127.0.0.1", "127.0.0.2"])
  func unreachable(_ attacker: Attacker, _ text: String) throws {
    let address = try #require(IPAddress(text))
    try withWeb(address) { host, network, web in
      let place = try self.place(of: attacker, host, network)
      try host.synchronize()
      try expectClosed(address, for: place, host, web)
    }
  }

  @Test("rules that another program removed guard it again once they are put back")
  func restored() throws {
    let address = IPAddress(127, 0, 0, 1)
    try withWeb(address) { host, network, web in
      let place = try self.place(of: .outside, host, network)
      try host.onHost {
        try run(["nft", "flush", "ruleset"])
        _ = try host.manager.synchronizeFirewall()
      }
      try expectClosed(address, for: place, host, web)
    }
  }

  @Test("published on ::1 it is reached at no other address, and by nobody else")
  func loopbackIPv6() throws {
    let address = try #require(IPAddress("::1"))
    try withWeb(address) { host, network, web in
      let neighbour = try host.container("client", on: [network])
      try host.synchronize()
      let listener = try host.inside(web.id) { try TestSocket.listen(web.address(.ipv6), 80) }
      try host.within(host.outsidePath) {
        try run(["ip", "addr", "del", "::1/128", "dev", "lo"])
        try run(["ip", "route", "add", "::1", "via", "\(HostSandbox.hostAddress6)", "dev", "world"])
        expectRefused(address)
        expectRefused(HostSandbox.hostAddress6)
        expectRefused(HostSandbox.hostAddress)
      }
      try host.inside(neighbour.id) {
        expectRefused(HostSandbox.hostAddress6)
        expectRefused(network.gateways[0])
      }
      _ = try TestSocket.exchange(listener: listener) {
        try host.onHost { try TestSocket.connect(address, 8080) }
      }
    }
  }

  @Test(
    "published on ::1 nothing comes from others either, also where bridged packets are filtered",
    arguments: [Attacker.outside, .neighbour, .stranger, .otherBridge], ["0", "1"])
  func unreachableIPv6(_ attacker: Attacker, bridgeNetfilter: String) throws {
    let address = try #require(IPAddress("::1"))
    try withWeb(address) { host, network, web in
      // With br_netfilter the rules see a bridged packet before the kernel drops it for its address.
      let setting = "/proc/sys/net/bridge/bridge-nf-call-ip6tables"
      try host.onHost {
        if Files.exists(setting) { try Files.overwrite(setting, bridgeNetfilter) }
      }
      let place = try self.place(of: attacker, host, network)
      try host.synchronize()
      let server = try host.inside(web.id) { try TestSocket.datagram(web.address(.ipv6), 80) }
      try host.within(place.namespace) {
        try run(["ip", "addr", "del", "::1/128", "dev", "lo"])
        let gateway = try #require(place.gateway6)
        for source in ["", "src \(try #require(place.source6))"] {
          try run(
            ["ip", "route", "replace", "\(address)", "via", "\(gateway)", "dev", place.link]
              + source.split(separator: " ").map(String.init))
          for _ in 0..<3 {
            let knock = try TestSocket.connectedDatagram(SocketAddress(address, 8080))
            try? TestSocket.send(knock, "knock")
          }
          expectRefused(address)
        }
      }
      // The host reaches it, and nothing came before that.
      _ = try TestSocket.exchangeDatagram(
        server: server, to: SocketAddress(address, 8080)
      ) { target in try host.onHost { try TestSocket.connectedDatagram(target) } }
    }
  }

  @Test("who knows the way to the container does not reach the port there either")
  func directly() throws {
    try withWeb(IPAddress(127, 0, 0, 1)) { host, network, web in
      let listeners = try web.addresses.map { address in
        try host.inside(web.id) { try TestSocket.listen(address, 80) }
      }
      try host.within(host.outsidePath) {
        for subnet in network.subnets {
          let gateway =
            subnet.block.family == .ipv4 ? HostSandbox.hostAddress : HostSandbox.hostAddress6
          try run(["ip", "route", "add", "\(subnet.block)", "via", "\(gateway)", "dev", "world"])
        }
        for address in web.addresses { expectRefused(address, 80) }
      }
      _ = listeners
    }
  }

  @Test("the bridge takes loopback addresses only while a port is published")
  func localNetworks() throws {
    try withWeb(IPAddress(127, 0, 0, 1)) { host, network, web in
      let path = "/proc/sys/net/ipv4/conf/\(network.bridgeName)/route_localnet"
      #expect(try host.onHost { try Files.readText(path) } == "1\n")
      try host.publish(web, [])
      #expect(try host.onHost { try Files.readText(path) } == "0\n")
    }
  }

  // MARK: Attackers

  /// Where an attacker is, and its way to the host.
  private struct Place {
    var namespace: String
    var link: String
    var gateway: IPAddress
    var source: IPAddress
    var gateway6: IPAddress?
    var source6: IPAddress?
  }

  private func place(
    of attacker: Attacker, _ host: HostSandbox, _ network: NetworkRecord
  ) throws -> Place {
    switch attacker {
    case .outside, .outsideWithLocalNetworks:
      if attacker == .outsideWithLocalNetworks {
        try host.onHost { try acceptLoopback("up-bridge") }
      }
      return Place(
        namespace: host.outsidePath, link: "world", gateway: HostSandbox.hostAddress,
        source: HostSandbox.outsideAddress, gateway6: HostSandbox.hostAddress6,
        source6: HostSandbox.outsideAddress6)
    case .neighbour, .stranger:
      let home =
        attacker == .neighbour ? network : try host.network("other") { $0.enableIPv6 = true }
      let client = try host.container("client", on: [home])
      return Place(
        namespace: host.layout.container(client.id).networkNamespace, link: "eth0",
        gateway: home.gateways[0], source: client.address,
        gateway6: home.gateways.first { $0.family == .ipv6 }, source6: try client.address(.ipv6))
    case .otherBridge:
      let path = try host.addNamespace("other")
      try host.onHost {
        for words in [
          "link add other0 type bridge", "addr add 172.31.9.1/24 dev other0",
          "addr add 2001:db8:9::1/64 dev other0 nodad",
          "link set other0 up", "link add far0 type veth peer name far1",
          "link set far0 master other0", "link set far0 up",
        ] { try run(["ip"] + words.split(separator: " ").map(String.init)) }
        try run(["ip", "link", "set", "far1", "netns", path])
        try acceptLoopback("other0")
      }
      try host.within(path) {
        for words in [
          "addr add 172.31.9.2/24 dev far1", "addr add 2001:db8:9::2/64 dev far1 nodad",
          "link set far1 up", "link set lo up",
        ] {
          try run(["ip"] + words.split(separator: " ").map(String.init))
        }
      }
      return Place(
        namespace: path, link: "far1", gateway: IPAddress(172, 31, 9, 1),
        source: IPAddress(172, 31, 9, 2), gateway6: IPAddress("2001:db8:9::1"),
        source6: IPAddress("2001:db8:9::2"))
    }
  }

  private func expectClosed(
    _ address: IPAddress, for place: Place, _ host: HostSandbox, _ web: TestContainer
  ) throws {
    let listener = try host.inside(web.id) { try TestSocket.listen(web.address, 80) }
    let server = try host.inside(web.id) { try TestSocket.datagram(web.address, 80) }
    try host.within(place.namespace) {
      try acceptLoopback(place.link)
      // Without its own loopback, the address is as good as any other.
      try run(["ip", "addr", "del", "127.0.0.1/8", "dev", "lo"])
      try run([
        "ip", "route", "add", "\(address)", "via", "\(place.gateway)", "dev", place.link, "src",
        "\(place.source)",
      ])
      let knock = try TestSocket.connectedDatagram(SocketAddress(address, 8080))
      try? TestSocket.send(knock, "knock")
      expectRefused(address)
    }
    // The host reaches it, and nothing came before that.
    _ = try TestSocket.exchange(listener: listener) {
      try host.onHost { try TestSocket.connect(address, 8080) }
    }
    _ = try TestSocket.exchangeDatagram(
      server: server, to: SocketAddress(address, 8080)
    ) { target in try host.onHost { try TestSocket.connectedDatagram(target) } }
  }

  private func expectRefused(_ address: IPAddress, _ port: UInt16 = 8080) {
    let reached = succeeds { try TestSocket.connect(address, port, seconds: 1) }
    #expect(!reached, "\(address) port \(port)")
  }

  private func acceptLoopback(_ link: String) throws {
    try Files.overwrite("/proc/sys/net/ipv4/conf/\(link)/route_localnet", "1")
  }

  private func run(_ words: [String]) throws {
    let program = try #require(Spawn.find(words[0]))
    let output = try Spawn.capture(SpawnRequest(program, Array(words.dropFirst())))
    #expect(output.status.code == 0, "\(words.joined(separator: " ")): \(output.errorText)")
  }
}
