import Glibc
import Linux
import Model
import Netlink
import State
import TestSupport
import Testing

@testable import Networking

@Suite("bridge networks", .timeLimit(.standard), .needsRoot, .serialized)
struct BridgeTests {
  @Test("the note of rules that are gone goes, too: with it they would be put back")
  func staleNote() throws {
    try HostSandbox.with { host in
      let note = "\(host.layout.runRoot)/firewall.nft"
      // What a `down` leaves that is killed between the two.
      try Files.write(note, Array("table inet roost_gone {}\n".utf8))
      try host.synchronize()
      #expect(!Files.exists(note))
    }
  }

  @Test("two containers of one network reach each other")
  func neighbours() throws {
    try HostSandbox.with { host in
      let network = try host.network("front")
      let web = try host.container("web", on: [network])
      let db = try host.container("db", on: [network])
      try host.synchronize()
      let listener = try host.inside(db.id) { try TestSocket.listen(db.address, 5432) }
      let peer = try TestSocket.exchange(listener: listener) {
        try host.inside(web.id) { try TestSocket.connect(db.address, 5432) }
      }
      #expect(peer.address == web.address)
    }
  }

  @Test("containers of two networks do not reach each other")
  func isolation() throws {
    try HostSandbox.with { host in
      let front = try host.container("web", on: [try host.network("front")])
      let back = try host.container("db", on: [try host.network("back")])
      try host.synchronize()
      let listener = try host.inside(back.id) { try TestSocket.listen(back.address, 5432) }
      let reached = succeeds {
        try host.inside(front.id) { try TestSocket.connect(back.address, 5432, seconds: 1) }
      }
      #expect(!reached)
      _ = listener
    }
  }

  @Test("a container reaches the outside with the host's address")
  func masquerade() throws {
    try HostSandbox.with { host in
      let web = try host.container("web", on: [try host.network("front")])
      try host.synchronize()
      let listener = try host.within(host.outsidePath) {
        try TestSocket.listen(HostSandbox.outsideAddress, 80)
      }
      let peer = try TestSocket.exchange(listener: listener) {
        try host.inside(web.id) { try TestSocket.connect(HostSandbox.outsideAddress, 80) }
      }
      #expect(peer.address == HostSandbox.hostAddress)
    }
  }

  @Test("a container of an IPv6 network reaches the outside by IPv6")
  func masqueradeIPv6() throws {
    try HostSandbox.with { host in
      let network = try host.network("front") { $0.enableIPv6 = true }
      let web = try host.container("web", on: [network])
      try host.synchronize()
      let listener = try host.within(host.outsidePath) {
        try TestSocket.listen(HostSandbox.outsideAddress6, 80)
      }
      let peer = try TestSocket.exchange(listener: listener) {
        try host.inside(web.id) { try TestSocket.connect(HostSandbox.outsideAddress6, 80) }
      }
      #expect(peer.address == HostSandbox.hostAddress6)
    }
  }

  @Test("an internal network has no way out, and its containers still reach each other")
  func internalNetwork() throws {
    try HostSandbox.with { host in
      let network = try host.network("back") { $0.isInternal = true }
      let web = try host.container("web", on: [network])
      let db = try host.container("db", on: [network])
      try host.synchronize()
      let outside = try host.within(host.outsidePath) {
        try TestSocket.listen(HostSandbox.outsideAddress, 80)
      }
      let listener = try host.inside(db.id) { try TestSocket.listen(db.address, 5432) }
      let reached = succeeds {
        try host.inside(web.id) {
          try TestSocket.connect(HostSandbox.outsideAddress, 80, seconds: 1)
        }
      }
      #expect(!reached)
      _ = outside
      _ = try TestSocket.exchange(listener: listener) {
        try host.inside(web.id) { try TestSocket.connect(db.address, 5432) }
      }
    }
  }

  @Test("without inter-container traffic neighbours do not reach each other, but do the outside")
  func separate() throws {
    try HostSandbox.with { host in
      let network = try host.network("front") { $0.interContainer = false }
      let web = try host.container("web", on: [network])
      let db = try host.container("db", on: [network])
      try host.synchronize()
      let listener = try host.inside(db.id) { try TestSocket.listen(db.address, 5432) }
      let reached = succeeds {
        try host.inside(web.id) { try TestSocket.connect(db.address, 5432, seconds: 1) }
      }
      #expect(!reached)
      _ = listener
      let outside = try host.within(host.outsidePath) {
        try TestSocket.listen(HostSandbox.outsideAddress, 80)
      }
      _ = try TestSocket.exchange(listener: outside) {
        try host.inside(web.id) { try TestSocket.connect(HostSandbox.outsideAddress, 80) }
      }
    }
  }

  @Test("the outside does not reach a port that is not published")
  func unpublished() throws {
    try HostSandbox.with { host in
      let web = try host.container("web", on: [try host.network("front")])
      try host.synchronize()
      let listener = try host.inside(web.id) { try TestSocket.listen(web.address, 80) }
      try host.within(host.outsidePath) {
        // The attacker knows the way: the host would pass its packets on.
        let client = try RouteClient()
        let world = try #require(try client.link(named: "world")).index
        try client.perform([
          RouteRequest.addDefault(gateway: HostSandbox.hostAddress.bytes, linkIndex: world)
        ])
        let reached = succeeds { try TestSocket.connect(web.address, 80, seconds: 1) }
        #expect(!reached)
      }
      _ = listener
    }
  }

  @Test("a container without networks has its loopback alone")
  func loopbackOnly() throws {
    try HostSandbox.with { host in
      let lonely = try host.container("lonely", on: [])
      let links = try host.inside(lonely.id) { try RouteClient().links() }
      #expect(links.filter(\.isUp).map(\.name) == ["lo"])
    }
  }

  @Test("a container on two networks has both links, and the default route of the first")
  func twoNetworks() throws {
    try HostSandbox.with { host in
      let front = try host.network("front")
      let back = try host.network("back")
      let web = try host.container("web", on: [front, back])
      let routes = try host.inside(web.id) { try RouteClient().routes() }
      let gateways = routes.filter { $0.prefixLength == 0 }.compactMap(\.gateway)
      #expect(gateways == [front.subnets[0].gateway.bytes])
      let names = try host.inside(web.id) { try RouteClient().links() }.map(\.name)
      #expect(Set(names).isSuperset(of: ["lo", "eth0", "eth1"]))
    }
  }

  @Test("the settings of the host that had to change are reported and put back")
  func hostSettings() throws {
    try HostSandbox.with { host in
      let path = "/proc/sys/net/ipv4/ip_forward"
      try host.onHost { try Files.overwrite(path, "0") }
      let record = try host.onHost {
        let record = try host.store.create(NetworkRequest(name: "front"))
        let warnings = try host.manager.ensureBridge(record)
        #expect(warnings.contains { $0.message.contains("net.ipv4.ip_forward") })
        return record
      }
      #expect(try host.onHost { try Files.readText(path) } == "1\n")
      let notes = try host.onHost {
        try host.manager.removeBridge(record)
        try host.store.remove(record)
        return try host.manager.synchronizeFirewall()
      }
      #expect(notes.count == 1)
      #expect(try host.onHost { try Files.readText(path) } == "0\n")
    }
  }

  @Test("IPv6 forwarding keeps the host's own router advertisements, and both are put back")
  func ipv6Settings() throws {
    try HostSandbox.with { host in
      let forwarding = "/proc/sys/net/ipv6/conf/all/forwarding"
      let acceptance = "/proc/sys/net/ipv6/conf/up-bridge/accept_ra"
      func settings() throws -> [String] {
        try host.onHost { [try Files.readText(forwarding), try Files.readText(acceptance)] }
      }
      #expect(try settings() == ["0\n", "1\n"])
      let network = try host.network("front") { $0.enableIPv6 = true }
      #expect(try settings() == ["1\n", "2\n"])
      try host.onHost {
        try host.manager.removeBridge(network)
        try host.store.remove(network)
        _ = try host.manager.synchronizeFirewall()
      }
      #expect(try settings() == ["0\n", "1\n"])
    }
  }

  @Test("a chain of another program that drops what passes is reported when a bridge is made")
  func foreignPolicy() throws {
    try HostSandbox.with { host in
      let warnings = try host.onHost { () -> [Diagnostic] in
        let program = try #require(Spawn.find("nft"))
        let rules = """
          table inet other {
            chain pass {
              type filter hook forward priority 0; policy drop;
            }
          }

          """
        let output = try Spawn.capture(
          SpawnRequest(program, ["-f", "-"]), input: Array(rules.utf8))
        #expect(output.status.code == 0, "\(output.errorText)")
        return try host.manager.ensureBridge(try host.store.create(NetworkRequest(name: "front")))
      }
      #expect(warnings.contains { $0.message.contains("chain pass of table other drops") })
    }
  }

  @Test("with a bridge its links go at once, also those of containers that ended just before")
  func removal() throws {
    try HostSandbox.with { host in
      let front = try host.network("front")
      let back = try host.network("back")
      let web = try host.container("web", on: [front, back])
      let db = try host.container("db", on: [back])
      try host.onHost {
        func links() throws -> [String] {
          try RouteClient().links().filter { $0.alias.hasPrefix("roost ") }
            .map { $0.alias.hasPrefix("roost network") ? "bridge" : $0.kind }.sorted()
        }
        #expect(try links() == ["bridge", "bridge", "veth", "veth", "veth"])
        try host.manager.disconnect(web.id)
        try host.manager.removeBridge(front)
        #expect(try links().count { $0 == "bridge" } == 1)
        try host.manager.disconnect(db.id)
        try host.manager.removeBridge(back)
        #expect(try links() == [])
        // The names are free again.
        _ = try host.manager.ensureBridge(back)
        #expect(try links() == ["bridge"])
      }
    }
  }

  @Test("a link of that name that is not ours is left alone")
  func foreignLink() throws {
    try HostSandbox.with { host in
      try host.onHost {
        try RouteClient().perform([
          LinkRequest.createBridge("br-mine", hardwareAddress: [2, 0, 0, 0, 0, 9], mtu: nil)
        ])
        var request = NetworkRequest(name: "front")
        request.bridgeName = "br-mine"
        let record = try host.store.create(request)
        let made = succeeds { try host.manager.ensureBridge(record) }
        #expect(!made)
        try host.manager.removeBridge(record)
        #expect(try RouteClient().link(named: "br-mine")?.kind == "bridge")
      }
    }
  }
}
