import Glibc
import Linux
import Model
import Netlink
import State
import TestSupport
import Testing

@testable import Networking

@Suite("published ports", .timeLimit(.standard), .needsRoot, .serialized)
struct PublishedPortTests {
  /// A host with a container `web` on an IPv4 and IPv6 network, whose port 80 is published.
  private func withWeb(
    transport: TransportProtocol = .tcp, hostAddress: IPAddress? = nil, ipv6: Bool = true,
    _ body: (HostSandbox, NetworkRecord, TestContainer) throws -> Void
  ) throws {
    try HostSandbox.with { host in
      let network = try host.network("front") { $0.enableIPv6 = ipv6 }
      let web = try host.container("web", on: [network])
      try host.publish(
        web,
        [
          PublishedPort(
            hostAddress: hostAddress, hostPort: 8080, containerPort: 80, transport: transport,
            containerAddresses: PublishedPort.reachableAddresses(of: web.endpoints))
        ])
      try body(host, network, web)
    }
  }

  @Test(
    "a TCP port is reached from localhost, from the host's address and from outside",
    arguments: ["localhost", "host", "outside"])
  func tcp(from place: String) throws {
    try withWeb { host, _, web in
      let listener = try host.inside(web.id) { try TestSocket.listen(web.address, 80) }
      _ = try TestSocket.exchange(listener: listener) {
        switch place {
        case "localhost":
          try host.onHost { try TestSocket.connect(IPAddress(127, 0, 0, 1), 8080) }
        case "host": try host.onHost { try TestSocket.connect(HostSandbox.hostAddress, 8080) }
        default:
          try host.within(host.outsidePath) {
            try TestSocket.connect(HostSandbox.hostAddress, 8080)
          }
        }
      }
    }
  }

  @Test("a connection from outside keeps its source address")
  func source() throws {
    try withWeb { host, _, web in
      let listener = try host.inside(web.id) { try TestSocket.listen(web.address, 80) }
      let peer = try TestSocket.exchange(listener: listener) {
        try host.within(host.outsidePath) {
          try TestSocket.connect(HostSandbox.hostAddress, 8080)
        }
      }
      #expect(peer.address == HostSandbox.outsideAddress)
    }
  }

  @Test("an IPv6 port is reached from the host's address and from outside")
  func tcpIPv6() throws {
    try withWeb { host, _, web in
      let address = try web.address(.ipv6)
      let listener = try host.inside(web.id) { try TestSocket.listen(address, 80) }
      _ = try TestSocket.exchange(listener: listener) {
        try host.onHost { try TestSocket.connect(HostSandbox.hostAddress6, 8080) }
      }
      _ = try TestSocket.exchange(listener: listener) {
        try host.within(host.outsidePath) {
          try TestSocket.connect(HostSandbox.hostAddress6, 8080)
        }
      }
    }
  }

  @Test(
    "a port is reached from containers: a neighbour, itself, and one of another network",
    arguments: ["neighbour", "itself", "stranger"], ["0", "1"])
  func fromContainers(_ which: String, bridgeNetfilter: String) throws {
    try withWeb { host, network, web in
      // Where br_netfilter is on, bridged packets pass the rules too, and are translated there.
      let setting = "/proc/sys/net/bridge/bridge-nf-call-iptables"
      try host.onHost {
        guard Files.exists(setting) else { return }
        try Files.overwrite(setting, bridgeNetfilter)
      }
      let asker =
        switch which {
        case "neighbour": try host.container("client", on: [network])
        case "itself": web
        default: try host.container("client", on: [try host.network("other")])
        }
      try host.synchronize()
      let listener = try host.inside(web.id) { try TestSocket.listen(web.address, 80) }
      _ = try TestSocket.exchange(listener: listener) {
        try host.inside(asker.id) { try TestSocket.connect(HostSandbox.hostAddress, 8080) }
      }
    }
  }

  @Test("a container of an internal network does not reach another network's published port")
  func internalAsker() throws {
    try withWeb { host, _, web in
      let back = try host.network("back") { $0.isInternal = true }
      let asker = try host.container("client", on: [back])
      try host.synchronize()
      let listener = try host.inside(web.id) { try TestSocket.listen(web.address, 80) }
      let reached = try host.inside(asker.id) {
        // It may have set itself a way to the host.
        let client = try RouteClient()
        let link = try #require(try client.link(named: "eth0")).index
        try client.perform([
          RouteRequest.addDefault(gateway: back.subnets[0].gateway.bytes, linkIndex: link)
        ])
        return succeeds { try TestSocket.connect(HostSandbox.hostAddress, 8080, seconds: 1) }
      }
      #expect(!reached)
      _ = listener
    }
  }

  @Test(
    "a UDP port is reached from localhost, the host's address, outside and a neighbour",
    arguments: ["localhost", "host", "outside", "neighbour"])
  func udp(from place: String) throws {
    try withWeb(transport: .udp) { host, network, web in
      let server = try host.inside(web.id) { try TestSocket.datagram(web.address, 80) }
      let asker = try host.container("client", on: [network])
      try host.synchronize()
      let target = SocketAddress(
        place == "localhost" ? IPAddress(127, 0, 0, 1) : HostSandbox.hostAddress, 8080)
      _ = try TestSocket.exchangeDatagram(server: server, to: target) { target in
        switch place {
        case "outside":
          try host.within(host.outsidePath) { try TestSocket.connectedDatagram(target) }
        case "neighbour": try host.inside(asker.id) { try TestSocket.connectedDatagram(target) }
        default: try host.onHost { try TestSocket.connectedDatagram(target) }
        }
      }
    }
  }

  @Test("a UDP flow follows its port to another container")
  func udpMoves() throws {
    try withWeb(transport: .udp) { host, network, web in
      let first = try host.inside(web.id) { try TestSocket.datagram(web.address, 80) }
      let target = SocketAddress(HostSandbox.hostAddress, 8080)
      let client = try host.within(host.outsidePath) { try TestSocket.connectedDatagram(target) }
      _ = try TestSocket.exchangeDatagram(server: first, to: target) { _ in client }

      let next = try host.container("web-2", on: [network])
      try host.onHost { try host.manager.unpublish(web.id) }
      try host.publish(
        next,
        [
          PublishedPort(
            hostPort: 8080, containerPort: 80, transport: .udp,
            containerAddresses: next.addresses)
        ])
      let second = try host.inside(next.id) { try TestSocket.datagram(next.address, 80) }
      _ = try TestSocket.exchangeDatagram(server: second, to: target) { _ in client }
    }
  }

  @Test("a port of 127.0.0.1 is reached from localhost and from nowhere else")
  func localhostOnly() throws {
    try withWeb(hostAddress: IPAddress(127, 0, 0, 1)) { host, network, web in
      let neighbour = try host.container("client", on: [network])
      try host.synchronize()
      let listener = try host.inside(web.id) { try TestSocket.listen(web.address, 80) }
      _ = try TestSocket.exchange(listener: listener) {
        try host.onHost { try TestSocket.connect(IPAddress(127, 0, 0, 1), 8080) }
      }
      let fromOutside = try host.within(host.outsidePath) {
        succeeds { try TestSocket.connect(HostSandbox.hostAddress, 8080, seconds: 1) }
      }
      #expect(!fromOutside)
      let fromNeighbour = try host.inside(neighbour.id) {
        succeeds { try TestSocket.connect(HostSandbox.hostAddress, 8080, seconds: 1) }
      }
      #expect(!fromNeighbour)
    }
  }

  @Test("a container does not reach the host's loopback through its gateway")
  func loopbackGuard() throws {
    try withWeb { host, network, web in
      let secret = try host.onHost { try TestSocket.datagram(IPAddress(127, 0, 0, 1), 9000) }
      var limit = timeval(tv_sec: 0, tv_usec: 300_000)
      setsockopt(
        secret.raw, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      try host.inside(web.id) {
        // Without its own loopback, 127.0.0.1 is as good as any address.
        try Files.overwrite("/proc/sys/net/ipv4/conf/eth0/route_localnet", "1")
        let program = try #require(Spawn.find("ip"))
        for arguments in [
          ["addr", "del", "127.0.0.1/8", "dev", "lo"],
          [
            "route", "add", "127.0.0.1", "via", "\(network.subnets[0].gateway)", "src",
            "\(web.address)",
          ],
        ] {
          _ = try Spawn.capture(SpawnRequest(program, arguments))
        }
        let client = try TestSocket.connectedDatagram(SocketAddress(IPAddress(127, 0, 0, 1), 9000))
        try? TestSocket.send(client, "knock")
      }
      let heard = succeeds { try TestSocket.receive(secret) }
      #expect(!heard)
    }
  }

  @Test("the rules go with the ports, and the table with the last network")
  func cleanUp() throws {
    try withWeb { host, network, web in
      let table = FirewallRenderer.tableName(root: host.layout.root, isDefault: false)
      func rules() throws -> String {
        try host.onHost {
          let program = try #require(Spawn.find("nft"))
          return try Spawn.capture(SpawnRequest(program, ["list", "ruleset"])).outputText
        }
      }
      #expect(try rules().contains("tcp . 8080"))
      try host.onHost {
        try host.manager.disconnect(web.id)
        _ = try host.manager.synchronizeFirewall()
      }
      #expect(try rules().contains(table))
      #expect(try !rules().contains("8080"))
      try host.onHost {
        try host.manager.removeBridge(network)
        try host.store.remove(network)
        _ = try host.manager.synchronizeFirewall()
      }
      #expect(try rules() == "")
    }
  }

  @Test("rules that another program removed are put back")
  func flushed() throws {
    try withWeb { host, _, _ in
      try host.onHost {
        let program = try #require(Spawn.find("nft"))
        _ = try Spawn.capture(SpawnRequest(program, ["flush", "ruleset"]))
        _ = try host.manager.synchronizeFirewall()
        let text = try Spawn.capture(SpawnRequest(program, ["list", "ruleset"])).outputText
        #expect(text.contains("tcp . 8080"))
      }
    }
  }

  @Test(
    "the proxy carries what rules cannot: to ::1, by IPv6 to a container without it",
    arguments: ["::1", "2001:db8::1"])
  func proxied(_ target: String) throws {
    try withWeb(ipv6: false) { host, _, web in
      let proxy = try withProxy(host, web)
      defer { proxy.stop() }
      let listener = try host.inside(web.id) { try TestSocket.listen(web.address, 80) }
      _ = try TestSocket.exchange(listener: listener) {
        try host.onHost { try TestSocket.connect(try #require(IPAddress(target)), 8080) }
      }
    }
  }

  @Test("without inter-container traffic a neighbour's published port is reached by the proxy")
  func proxiedNeighbour() throws {
    try HostSandbox.with { host in
      let network = try host.network("front") { $0.interContainer = false }
      let web = try host.container("web", on: [network])
      let client = try host.container("client", on: [network])
      try host.publish(web, [port(of: web)])
      let proxy = try withProxy(host, web)
      defer { proxy.stop() }
      let listener = try host.inside(web.id) { try TestSocket.listen(web.address, 80) }
      _ = try TestSocket.exchange(listener: listener) {
        try host.inside(client.id) { try TestSocket.connect(HostSandbox.hostAddress, 8080) }
      }
    }
  }

  @Test("the proxy answers datagrams from the address they were sent to")
  func proxiedDatagrams() throws {
    try withWeb(transport: .udp, ipv6: false) { host, _, web in
      let proxy = try withProxy(host, web, .udp)
      defer { proxy.stop() }
      let server = try host.inside(web.id) { try TestSocket.datagram(web.address, 80) }
      // A second address, which is not the one the host would answer from by itself.
      let second = HostSandbox.hostAddress6.advanced(by: 0x100)
      try host.onHost {
        let client = try RouteClient()
        let link = try #require(try client.link(named: "up-bridge")).index
        try client.perform([
          AddressRequest.add(second.bytes, prefixLength: 64, linkIndex: link)
        ])
      }
      for address in [HostSandbox.hostAddress6, second] {
        _ = try TestSocket.exchangeDatagram(
          server: server, to: SocketAddress(address, 8080)
        ) { target in
          try host.within(host.outsidePath) { try TestSocket.connectedDatagram(target) }
        }
      }
    }
  }

  private func port(
    of web: TestContainer, _ transport: TransportProtocol = .tcp
  ) -> PublishedPort {
    PublishedPort(
      hostPort: 8080, containerPort: 80, transport: transport, containerAddresses: web.addresses)
  }

  /// A proxy in the host's namespace that holds port 8080 for a container.
  private func withProxy(
    _ host: HostSandbox, _ web: TestContainer, _ transport: TransportProtocol = .tcp
  ) throws -> LoopThread {
    let port = port(of: web, transport)
    return try LoopThread(in: host.hostPath) { loop in
      let proxy = PortProxy(loop)
      if let failure = proxy.open(web.id, [port]).first { throw failure.error }
      return proxy
    }
  }
}
