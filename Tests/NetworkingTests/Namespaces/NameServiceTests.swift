import Glibc
import Linux
import Model
import Netlink
import State
import TestSupport
import Testing

@testable import Networking

@Suite("name service inside containers", .timeLimit(.standard), .needsRoot, .serialized)
struct NameServiceTests {
  /// Runs a name server on the host for `containers` while `body` runs.
  private func withServer(
    _ host: HostSandbox, _ containers: [TestContainer], servers: [IPAddress] = [],
    _ body: () throws -> Void
  ) throws {
    let clients = containers.map { container in
      (
        DNSClient(
          container: container.id, networks: container.endpoints.map(\.network.id),
          servers: servers),
        host.layout.container(container.id).networkNamespace
      )
    }
    let networks = containers.flatMap(\.endpoints).map(\.network)
    let layout = host.layout
    try Files.write("\(host.directory)/resolv.conf", "")
    let resolvConf = "\(host.directory)/resolv.conf"
    let thread = try LoopThread(in: host.hostPath) { loop in
      let server = DNSServer(loop, resolvConfPath: resolvConf)
      let directory = try NameDirectory(
        layout, loop, changed: { server.update($0) }, failed: { Issue.record($0) })
      for network in networks { try directory.watch(network) }
      for (client, path) in clients { try server.serve(client, namespacePath: path) }
      return (server, directory)
    }
    defer { thread.stop() }
    try body()
  }

  /// What busybox's resolver says inside a container.
  private func look(
    _ host: HostSandbox, _ container: TestContainer, _ arguments: String...
  ) throws -> (text: String, code: Int32) {
    let output = try host.inside(container.id) {
      let program = try #require(Spawn.find("busybox"))
      return try Spawn.capture(
        SpawnRequest(program, ["nslookup"] + arguments + ["127.0.0.11"]),
        timeoutMilliseconds: 120_000)
    }
    return (output.outputText, output.status.code)
  }

  @Test("a real resolver finds services, containers, aliases and short identities")
  func names() throws {
    try HostSandbox.with { host in
      let network = try host.network("shop_front")
      let web = try host.container("shop-web-1", on: [network], aliases: ["web"])
      let db = try host.container("shop-db-1", on: [network], aliases: ["db", "database"])
      try withServer(host, [web, db]) {
        for name in ["db", "DB", "shop-db-1", "database", db.id.short, "db.shop_front"] {
          let answer = try look(host, web, "-type=a", name)
          #expect(answer.text.contains("Address: \(db.address)"), "\(name): \(answer.text)")
        }
        let reverse = try look(host, web, "\(db.address)")
        #expect(reverse.text.contains("name = shop-db-1.shop_front"))
        let unknown = try look(host, web, "-type=a", "nobody")
        #expect(unknown.text.contains("NXDOMAIN"))
        let noIPv6 = try look(host, web, "-type=aaaa", "db")
        #expect(!noIPv6.text.contains("NXDOMAIN") && noIPv6.code == 0)
      }
    }
  }

  @Test("a container sees the names of its own networks only")
  func views() throws {
    try HostSandbox.with { host in
      let front = try host.network("front")
      let back = try host.network("back")
      let web = try host.container("web", on: [front])
      let app = try host.container("app", on: [front, back])
      let db = try host.container("db", on: [back])
      try withServer(host, [web, app, db]) {
        let seen = try look(host, app, "-type=a", "db").text
        #expect(seen.contains("\(db.address)"))
        let unseen = try look(host, web, "-type=a", "db").text
        #expect(unseen.contains("NXDOMAIN"))
      }
    }
  }

  @Test("a container that comes later is found, and one that went is not")
  func changes() throws {
    try HostSandbox.with { host in
      let network = try host.network("front")
      let web = try host.container("web", on: [network])
      try withServer(host, [web]) {
        let late = try host.container("late", on: [network])
        #expect(
          try eventually { try look(host, web, "-type=a", "late").text.contains("\(late.address)") }
        )
        try host.onHost { try host.manager.disconnect(late.id) }
        #expect(try eventually { try look(host, web, "-type=a", "late").text.contains("NXDOMAIN") })
      }
    }
  }

  @Test("an application may itself listen on port 53 of all addresses")
  func ownPort53() throws {
    try HostSandbox.with { host in
      let network = try host.network("front")
      let web = try host.container("web", on: [network])
      let db = try host.container("db", on: [network])
      try withServer(host, [web, db]) {
        let own = try host.inside(web.id) { try TestSocket.datagram(IPAddress(0, 0, 0, 0), 53) }
        let ownStream = try host.inside(web.id) { try TestSocket.listen(IPAddress(0, 0, 0, 0), 53) }
        #expect(try look(host, web, "-type=a", "db").text.contains("\(db.address)"))
        _ = try TestSocket.exchangeDatagram(
          server: own, to: SocketAddress(IPAddress(127, 0, 0, 1), 53)
        ) { target in try host.inside(web.id) { try TestSocket.connectedDatagram(target) } }
        _ = try TestSocket.exchange(listener: ownStream) {
          try host.inside(db.id) { try TestSocket.connect(web.address, 53) }
        }
      }
    }
  }

  @Test("names are answered over TCP too")
  func tcp() throws {
    try HostSandbox.with { host in
      let network = try host.network("front")
      let web = try host.container("web", on: [network])
      let db = try host.container("db", on: [network])
      try withServer(host, [web, db]) {
        let client = try host.inside(web.id) {
          try TestSocket.connect(IPAddress(127, 0, 0, 11), 53)
        }
        let name = try #require(DNSName("db"))
        let query = DNSMessage(id: 77, .init(name, DNSMessage.RecordType.ipv4)).encode()
        let framed = UInt16(query.count).bigEndianBytes + query
        send(client.raw, framed, framed.count, 0)
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(client.raw, &buffer, buffer.count, 0)
        let answer = try DNSMessage(parsing: Array(buffer[2..<max(2, count)]))
        #expect(answer.id == 77)
        #expect(answer.answers.map(\.data) == [db.address.bytes])
      }
    }
  }

  @Test("other names go to the container's servers from the host's namespace")
  func forwarding() throws {
    try HostSandbox.with { host in
      let network = try host.network("front")
      let web = try host.container("web", on: [network])
      let answer = IPAddress(203, 0, 113, 7)
      // The upstream listens on the host's loopback, out of the container's reach.
      let upstream = try LoopThread(in: host.hostPath) { loop in
        try TestUpstream(loop, at: SocketAddress(IPAddress(127, 0, 0, 53), 53), answer: answer)
      }
      defer { upstream.stop() }
      try withServer(host, [web], servers: [IPAddress(127, 0, 0, 53)]) {
        let text = try look(host, web, "-type=a", "www.example.com").text
        #expect(text.contains("Address: \(answer)"))
        #expect(try look(host, web, "-type=a", "no.example.com").text.contains("NXDOMAIN"))
      }
    }
  }
}
