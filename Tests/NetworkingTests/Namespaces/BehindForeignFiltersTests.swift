import Linux
import Model
import State
import TestSupport
import Testing

@testable import Networking

@Suite("containers behind packet filters of others", .timeLimit(.standard), .needsRoot, .serialized)
struct BehindForeignFiltersTests {
  /// Forward chains that let nothing of ours pass by themselves.
  enum Filter: String, CaseIterable {
    case docker = """
      table ip filter {
        chain DOCKER-USER { counter return; }
        chain FORWARD { type filter hook forward priority filter; policy drop; jump DOCKER-USER; }
      }
      table ip6 filter {
        chain FORWARD { type filter hook forward priority 0; policy drop; }
      }
      """
    case ufw = """
      table ip filter {
        chain ufw-user-forward { }
        chain ufw-before-forward { jump ufw-user-forward; }
        chain FORWARD { type filter hook forward priority 0; policy drop; jump ufw-before-forward; }
      }
      table ip6 filter {
        chain ufw6-user-forward { }
        chain FORWARD { type filter hook forward priority 0; policy drop; jump ufw6-user-forward; }
      }
      """
    case refusing = """
      table ip filter {
        chain FORWARD { type filter hook forward priority 0; counter drop; }
      }
      table ip6 filter {
        chain FORWARD { type filter hook forward priority 0; counter reject; }
      }
      """
    case firewalld = """
      table inet firewalld {
        chain filter_FORWARD {
          type filter hook forward priority filter + 10;
          reject with icmpx admin-prohibited
        }
      }
      """
  }

  @Test("connections go out and published ports answer", arguments: Filter.allCases)
  func passes(_ filter: Filter) throws {
    try HostSandbox.with { host in
      let network = try host.network("front") { $0.enableIPv6 = true }
      let web = try host.container("web", on: [network])
      try load(filter.rawValue, host)
      try host.publish(
        web, [PublishedPort(hostPort: 8080, containerPort: 80, containerAddresses: web.addresses)])
      for (address, outside) in [
        (HostSandbox.hostAddress, HostSandbox.outsideAddress),
        (HostSandbox.hostAddress6, HostSandbox.outsideAddress6),
      ] {
        let server = try host.within(host.outsidePath) { try TestSocket.listen(outside, 81) }
        _ = try TestSocket.exchange(listener: server) {
          try host.inside(web.id) { try TestSocket.connect(outside, 81) }
        }
        let inside = try host.inside(web.id) {
          try TestSocket.listen(web.address(address.family), 80)
        }
        _ = try TestSocket.exchange(listener: inside) {
          try host.within(host.outsidePath) { try TestSocket.connect(address, 8080) }
        }
      }
    }
  }

  @Test("what a user of ufw denies stays denied, also when it is said later")
  func denied() throws {
    try HostSandbox.with { host in
      let network = try host.network("front")
      let web = try host.container("web", on: [network])
      try load(Filter.ufw.rawValue, host)
      try host.synchronize()
      try load("add rule ip filter ufw-user-forward counter reject", host)
      let server = try host.within(host.outsidePath) {
        try TestSocket.listen(HostSandbox.outsideAddress, 81)
      }
      try host.onHost { _ = try host.manager.repairFirewall() }
      #expect(
        !succeeds {
          try host.inside(web.id) { try TestSocket.connect(HostSandbox.outsideAddress, 81) }
        })
      _ = server
    }
  }

  private func load(_ rules: String, _ host: HostSandbox) throws {
    let program = try #require(Spawn.find("nft"))
    let output = try host.onHost {
      try Spawn.capture(SpawnRequest(program, ["-f", "-"]), input: Array(rules.utf8))
    }
    try #require(output.status.code == 0, "\(output.errorText)")
  }
}
