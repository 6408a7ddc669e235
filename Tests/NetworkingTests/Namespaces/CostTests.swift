import Glibc
import Linux
import Model
import Netlink
import State
import TestSupport
import Testing

@testable import Networking

@Suite("cost", .timeLimit(.standard), .needsRoot, .onRequest, .serialized)
struct CostTests {
  /// Prints the median of some runs; nothing is asserted about time.
  private func measure(_ name: String, _ count: Int, _ body: (Int) throws -> Void) throws {
    var times: [UInt64] = []
    for index in 0..<count {
      let start = Clock.monotonicNanoseconds()
      try body(index)
      times.append((Clock.monotonicNanoseconds() - start) / 1000)
    }
    times.sort()
    print("\(name): median \(times[count / 2]) us, best \(times[0]), worst \(times[count - 1])")
  }

  @Test("connect and its parts")
  func connect() throws {
    try HostSandbox.with { host in
      let network = try host.network("front")
      let ids = (0..<60).map { _ in ObjectID.random() }
      try host.onHost {
        let leases = host.store.leases(of: network)
        try measure("lease", 60) { _ = try leases.lease(ids[$0]) }
        let endpoints = try ids.map { id in
          EndpointConfiguration(
            network: network, container: id, containerName: "web", aliases: ["web"],
            addresses: try leases.lease(id))
        }
        try measure("connect", 60) { try host.manager.connect(ids[$0], [endpoints[$0]]) }
        try measure("connect again", 60) { try host.manager.connect(ids[$0], [endpoints[$0]]) }
        try measure("disconnect", 60) { try host.manager.disconnect(ids[$0]) }
        try measure("connect with users", 60) { index in
          let id = ids[index]
          try host.manager.connect(
            id, [endpoints[index]], users: .identity)
        }
        try measure("disconnect with users", 60) { try host.manager.disconnect(ids[$0]) }
        try measure("namespace alone", 60) {
          try NetworkNamespace.create(at: "\(host.directory)/n\($0)")
        }
        try measure("namespace on a thread", 60) {
          try NetworkNamespace.create(at: "\(host.directory)/m\($0)") {}
        }
        for index in 0..<60 { try NetworkNamespace.remove(at: "\(host.directory)/m\(index)") }
        try measure("visit", 60) { index in
          try NetworkNamespace.within(path: "\(host.directory)/n\(index)") {}
        }
        try measure("visit with settings", 60) { index in
          try NetworkNamespace.within(path: "\(host.directory)/n\(index)") {
            () throws(SyscallError) in
            try NamespaceSettings(disablesIPv6: true).apply()
          }
        }
        try measure("redirect", 60) { index in
          let socket = try NetworkNamespace.within(path: "\(host.directory)/n\(index)") {
            () throws(SyscallError) -> NetlinkSocket in try NetlinkSocket(.netfilter)
          }
          try DNSRedirect.install(NetfilterClient(socket))
        }
        let client = try RouteClient()
        let bridge = try #require(try client.link(named: network.bridgeName)).index
        try measure("look up the bridge", 60) { _ in
          _ = try client.link(named: network.bridgeName)
        }
        try measure("veth", 60) { index in
          let namespace = try Files.open("\(host.directory)/n\(index)", O_RDONLY)
          try client.perform([
            LinkRequest.createVeth(
              LinkRequest.VethPair(
                name: "v\(index)", bridgeIndex: bridge, peerName: "eth0",
                peerHardwareAddress: [2, 0, 0, 0, 1, UInt8(index)],
                peerNamespace: namespace.raw))
          ])
        }
        try measure("port", 60) { index in
          try client.perform([
            LinkRequest.enablePort("v\(index)", alias: "roost", hairpin: true, isolated: false)
          ])
        }
        let names = ["lo", "eth0"]
        for name in names {
          try measure("inside \(name)", 60) { index in
            let socket = try NetworkNamespace.within(path: "\(host.directory)/n\(index)") {
              () throws(SyscallError) -> NetlinkSocket in try NetlinkSocket(.route)
            }
            try RouteClient(socket).perform(
              LinkRequest.enable(name, generatedIPv6: name == "lo"))
          }
        }
        try measure("forget namespace", 60) {
          try NetworkNamespace.remove(at: "\(host.directory)/n\($0)")
        }
        try measure("firewall unchanged", 20) { _ in _ = try host.manager.synchronizeFirewall() }
        try measure("firewall changed", 20) { index in
          try host.manager.publish(
            ids[0],
            [
              PublishedPort(
                hostPort: UInt16(9000 + index), containerPort: 80,
                containerAddresses: [IPAddress(10, 208, 0, 2)])
            ], owner: "x")
          _ = try host.manager.synchronizeFirewall()
        }
        try measure("bridge", 20) { index in
          let record = try host.store.create(NetworkRequest(name: "n\(index)"))
          let start = Clock.monotonicNanoseconds()
          _ = try host.manager.ensureBridge(record)
          print((Clock.monotonicNanoseconds() - start) / 1000, terminator: " ")
        }
      }
    }
  }

  @Test("names a second, one at a time and 32 in flight")
  func names() throws {
    try HostSandbox.with { host in
      let network = try host.network("front")
      let web = try host.container("web", on: [network])
      let layout = host.layout
      let client = DNSClient(container: web.id, networks: [network.id])
      let path = layout.container(web.id).networkNamespace
      let thread = try LoopThread(in: host.hostPath) { loop in
        let server = DNSServer(loop)
        let directory = try NameDirectory(
          layout, loop, changed: { server.update($0) }, failed: { Issue.record($0) })
        try directory.watch(network)
        try server.serve(client, namespacePath: path)
        return (server, directory)
      }
      defer { thread.stop() }
      let socket = try host.inside(web.id) {
        try TestSocket.connectedDatagram(SocketAddress(IPAddress(127, 0, 0, 11), 53))
      }
      let query = DNSMessage(id: 1, .init(try #require(DNSName("web")), 1)).encode()
      for inFlight in [1, 32] {
        let total = 100_000
        var buffer = [UInt8](repeating: 0, count: 512)
        let start = Clock.monotonicNanoseconds()
        for _ in 0..<inFlight { send(socket.raw, query, query.count, 0) }
        for index in 0..<total {
          #expect(recv(socket.raw, &buffer, 512, 0) > 0)
          if index < total - inFlight { send(socket.raw, query, query.count, 0) }
        }
        let seconds = Double(Clock.monotonicNanoseconds() - start) / 1e9
        print("\(inFlight) in flight: \(Int(Double(total) / seconds)) names a second: median")
      }
    }
  }
}
