import Linux
import Model
import TestSupport
import Testing

@Suite("Followers of a container", .timeLimit(.standard), .needsRoot, .serialized)
struct SharingTests {
  private static let stack = """
    services:
      web:
        image: busybox
        command: ["sh", "-c", "hostname > /data/name; mkdir -p /www; echo here > /www/index.html; exec httpd -f -p 80 -h /www"]
        stop_grace_period: 0s
        ipc: shareable
        volumes: [/data]
      net: { image: busybox, command: [sleep, infinity], init: true, network_mode: "service:web" }
      ipc: { image: busybox, command: [sleep, infinity], init: true, ipc: "service:web" }
      pid: { image: busybox, command: [sleep, infinity], init: true, pid: "service:web" }
      data: { image: busybox, command: [sleep, infinity], init: true, volumes_from: [web] }
      chain: { image: busybox, command: [sleep, infinity], init: true, network_mode: "service:net" }
      named:
        image: busybox
        command: [sleep, infinity]
        init: true
        volumes_from: ["container:stack-web-1:ro"]
        depends_on: [web]
    """

  private func with(_ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.stack)
      try box.up("up", "-d")
      try expectShared(box)
      try body(box)
      try box.up("down", "-v")
      #expect(try box.up("volume", "ls", "-q").output == "")
    }
  }

  /// That each has what belongs to the container that `web` is now.
  private func expectShared(
    _ box: Sandbox, sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws {
    let web = try box.container("web")["ID"]?.stringValue ?? ""
    let host = try box.up("exec", "-T", "web", "hostname").output
    #expect(web.hasPrefix(host.dropLast()), sourceLocation: sourceLocation)
    var page = try box.roost(["version"])
    _ = try eventually {
      page = try box.roost(["exec", "-T", "net", "wget", "-qO-", "http://127.0.0.1"])
      return page.exitCode == 0
    }
    #expect(page.output == "here\n", "\(page.text)", sourceLocation: sourceLocation)
    for service in ["data", "named"] {
      #expect(
        try box.up("exec", "-T", service, "cat", "/data/name").output == host, "\(service)",
        sourceLocation: sourceLocation)
    }
    let networks = try ["net", "chain"].map { service in
      try box.up("exec", "-T", service, "readlink", "/proc/self/ns/net").output
    }
    #expect(networks[0] == networks[1], sourceLocation: sourceLocation)
    for name in ["ipc", "pid"] {
      let ids = try ["web", name].map { service in
        try box.up("exec", "-T", service, "readlink", "/proc/self/ns/\(name)").output
      }
      #expect(ids[0] == ids[1], "\(name)", sourceLocation: sourceLocation)
    }
  }

  @Test("when it is made anew by itself, alone, with new volumes, or by up afterwards")
  func recreated() throws {
    try with { box in
      try box.up("up", "-d", "--force-recreate", "web")
      try expectShared(box)
      try box.up("up", "-d", "--force-recreate", "--no-deps", "-V", "web")
      try expectShared(box)
      let listed = try box.up("ps", "--format", "{{.ID}}").output
      try box.up("up", "-d")
      #expect(try box.up("ps", "--format", "{{.ID}}").output == listed, "nothing is to be done")
    }
  }

  @Test("when it is restarted, stopped and started, or removed and made")
  func restarted() throws {
    try with { box in
      try box.up("restart", "web")
      try box.up("up", "-d")
      try expectShared(box)
      try box.up("stop", "-t", "0", "web")
      try box.up("start", "web")
      try box.up("up", "-d")
      try expectShared(box)
      try box.up("rm", "-s", "-f", "web")
      try box.up("up", "-d")
      try expectShared(box)
      try box.up("restart")
      try expectShared(box)
      // Whoever removes a container without -v keeps its volumes.
      try box.up("volume", "prune", "-f")
    }
  }

  @Test("when the owner is named itself, in another project")
  func namedOwner() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let run = ["container", "run", "-d", "--name", "owner", "busybox", "sleep", "infinity"]
      #expect(try box.roost(run).exitCode == 0)
      try box.compose(
        """
        services:
          a: { image: busybox, command: [sleep, infinity], init: true, network_mode: "container:owner" }
        """)
      try box.up("up", "-d")
      let first = try box.container("a")["ID"]
      try box.up("container", "rm", "-f", "owner")
      #expect(try box.roost(run).exitCode == 0)
      try box.up("restart", "a")
      #expect(try box.container("a")["ID"] == first)
      let ids = [
        try box.up("exec", "-T", "a", "readlink", "/proc/self/ns/net").output,
        try box.up("container", "exec", "owner", "readlink", "/proc/self/ns/net").output,
      ]
      #expect(ids[0] == ids[1])
      try box.up("container", "rm", "-f", "owner")
      #expect(try box.roost(run).exitCode == 0)
      try box.up("up", "-d")
      #expect(try box.container("a")["ID"] != first)
      try box.up("down")
      try box.up("container", "rm", "-f", "owner")
    }
  }
}
