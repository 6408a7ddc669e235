import Glibc
import Linux
import Model
import Netlink
import State
import TestSupport
import Testing

@testable import Networking

@Suite("life of a connection", .timeLimit(.standard), .needsRoot, .serialized)
struct ConnectionLifeTests {
  private func endpoint(
    _ host: HostSandbox, _ network: NetworkRecord, _ id: ObjectID
  ) throws -> EndpointConfiguration {
    EndpointConfiguration(
      network: network, container: id, containerName: "web",
      addresses: try host.store.leases(of: network).lease(id))
  }

  private func inode(_ path: String) throws -> UInt64 { try Files.status(path).inode }

  @Test("connecting again leaves a namespace as it is, unless something changed")
  func idempotence() throws {
    try HostSandbox.with { host in
      let network = try host.network("front")
      let id = ObjectID.random()
      let path = host.layout.container(id).networkNamespace
      var endpoint = try endpoint(host, network, id)
      try host.onHost { try host.manager.connect(id, [endpoint]) }
      let first = try inode(path)
      try host.onHost { try host.manager.connect(id, [endpoint]) }
      #expect(try inode(path) == first)
      endpoint.interfaceName = "net0"
      try host.onHost { try host.manager.connect(id, [endpoint]) }
      #expect(try inode(path) != first)
      let names = try host.inside(id) { try RouteClient().links() }.map(\.name)
      #expect(names.contains("net0") && !names.contains("eth0"))
      try host.onHost { try host.manager.disconnect(id) }
    }
  }

  @Test("a namespace can belong to a user namespace, and both are let go of")
  func userNamespace() throws {
    try HostSandbox.with { host in
      let network = try host.network("front")
      let id = ObjectID.random()
      let place = host.layout.container(id)
      let endpoint = try endpoint(host, network, id)
      try host.onHost {
        try host.manager.connect(id, [endpoint], users: .identity)
      }
      let first = try inode(place.networkNamespace)
      #expect(NetworkNamespace.exists(at: place.userNamespace))
      try host.onHost {
        try host.manager.connect(id, [endpoint], users: .identity)
      }
      #expect(try inode(place.networkNamespace) == first)
      let web = TestContainer(id: id, endpoints: [endpoint])
      let db = try host.container("db", on: [network])
      try host.synchronize()
      let listener = try host.inside(db.id) { try TestSocket.listen(db.address, 80) }
      _ = try TestSocket.exchange(listener: listener) {
        try host.inside(web.id) { try TestSocket.connect(db.address, 80) }
      }
      try host.onHost { try host.manager.disconnect(id) }
      #expect(!Files.exists(place.networkNamespace))
      #expect(!Files.exists(place.userNamespace))
    }
  }

  @Test("addresses of both kinds and the name of the link are as asked for")
  func asAsked() throws {
    try HostSandbox.with { host in
      let network = try host.network("front")
      let id = ObjectID.random()
      let wish = network.subnets[0].block[77]
      let addresses = try host.store.leases(of: network).lease(id, requested: [wish])
      let hardware = try #require(HardwareAddress("02:42:ac:11:00:99"))
      let endpoint = EndpointConfiguration(
        network: network, container: id, containerName: "web", interfaceName: "lan",
        addresses: addresses, hardwareAddress: hardware)
      try host.onHost { try host.manager.connect(id, [endpoint]) }
      try host.inside(id) {
        let link = try #require(try RouteClient().link(named: "lan"))
        let own = try RouteClient().addresses().filter { $0.linkIndex == link.index }
        #expect(own.map(\.address) == [wish.bytes])
        #expect(own.map(\.prefixLength) == [24])
      }
      let text = try host.inside(id) { () -> String in
        let program = try #require(Spawn.find("ip"))
        return try Spawn.capture(SpawnRequest(program, ["link", "show", "lan"])).outputText
      }
      #expect(text.contains("02:42:ac:11:00:99"))
      try host.onHost { try host.manager.disconnect(id) }
    }
  }

  @Test("a connection that fails half way leaves nothing")
  func failure() throws {
    try HostSandbox.with { host in
      let network = try host.network("front")
      let id = ObjectID.random()
      var second = try endpoint(host, network, id)
      second.network.bridgeName = "rst-missing"
      second.interfaceName = "eth1"
      let endpoints = [try endpoint(host, network, id), second]
      let before = try host.onHost { try RouteClient().links().count }
      let connected = succeeds { try host.onHost { try host.manager.connect(id, endpoints) } }
      #expect(!connected)
      #expect(!Files.exists(host.layout.container(id).networkNamespace))
      #expect(try NameRegistry.entries(host.layout, network: network.id).isEmpty)
      #expect(try eventually { try host.onHost { try RouteClient().links().count } == before })
    }
  }

  @Test("a hundred rounds of making and removing leave nothing")
  func rounds() throws {
    try HostSandbox.with { host in
      _ = try host.onHost { try host.manager.synchronizeFirewall() }
      let links = try host.onHost { try RouteClient().links().count }
      let descriptors = try Files.list("/proc/self/fd").count
      for round in 0..<100 {
        let network = try host.network("front")
        let web = try host.container("web", on: [network])
        // The rules are the slow part; a few rounds of them show a leak as well.
        if round % 20 == 0 {
          try host.publish(
            web,
            [PublishedPort(hostPort: 80, containerPort: 80, containerAddresses: web.addresses)])
        }
        try host.onHost { try host.manager.disconnect(web.id) }
        try host.store.leases(of: network).release(web.id)
        try host.onHost {
          try host.manager.removeBridge(network)
          try host.store.remove(network)
          if round % 20 == 0 { _ = try host.manager.synchronizeFirewall() }
        }
      }
      #expect(try eventually { try host.onHost { try RouteClient().links().count } == links })
      // Other tests run beside this one; a leak of one a round would be far more than theirs.
      #expect(try eventually { try Files.list("/proc/self/fd").count < descriptors + 50 })
      #expect(try Files.list(host.layout.networks).isEmpty)
      #expect(try Files.listIfPresent("\(host.layout.runRoot)/names").isEmpty)
      #expect(try Files.listIfPresent("\(host.layout.runRoot)/ports").isEmpty)
      let mounts = try MountTable.current().filter {
        $0.mountPoint.hasPrefix(host.layout.runRoot)
      }
      #expect(mounts.isEmpty)
      let rules = try host.onHost { () -> String in
        let program = try #require(Spawn.find("nft"))
        return try Spawn.capture(SpawnRequest(program, ["list", "ruleset"])).outputText
      }
      #expect(rules == "")
    }
  }

  @Test("four threads connect containers at once")
  func threads() throws {
    try HostSandbox.with { host in
      let network = try host.network("front")
      let hostPath = host.hostPath
      let manager = host.manager
      let leases = host.store.leases(of: network)
      let threads = (0..<4).map { _ in
        Thread {
          (0..<10).count { _ in
            let id = ObjectID.random()
            let outcome = try? NetworkNamespace.within(path: hostPath) {
              succeeds {
                let endpoint = EndpointConfiguration(
                  network: network, container: id, containerName: "x",
                  addresses: try leases.lease(id))
                try manager.connect(id, [endpoint])
                return try manager.disconnect(id)
              }
            }
            return outcome == true
          }
        }
      }
      #expect(threads.map { $0.join() } == [10, 10, 10, 10])
    }
  }
}
