import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@Suite("Reboots", .timeLimit(.standard), .needsRoot, .serialized)
struct RebootTests {
  private static let project = """
    x-service: &service {image: busybox, command: [sleep, "1000"], stop_grace_period: 0s}
    services:
      db: {<<: *service, restart: always, volumes: ["data:/data"]}
      web: {<<: *service, restart: unless-stopped, depends_on: [db]}
      stopped: {<<: *service, restart: unless-stopped}
      always: {<<: *service, restart: always}
      failed: {<<: *service, restart: on-failure}
      done: {<<: *service, restart: on-failure, command: ["true"]}
      plain: *service
    volumes: {data: {}}
    """

  @Test("what ran before a reboot comes back as its restart policy wants it, and is where it was")
  func resume() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.project)
      try box.up("up", "-d")
      try box.up("exec", "-T", "db", "sh", "-c", "echo kept > /data/file")
      try box.up("stop", "stopped", "always")
      #expect(try eventually { try box.container("done")["State"] == "exited" })
      let before = try addresses(in: box, of: ["db", "web"])
      try switchOff(box)
      #expect(try running(in: box) == [])
      try box.up("systemd", "start")
      #expect(try running(in: box) == ["always", "db", "failed", "web"])
      #expect(try addresses(in: box, of: ["db", "web"]) == before)
      #expect(try box.up("exec", "-T", "db", "cat", "/data/file").output == "kept\n")
      for service in ["done", "plain", "stopped"] {
        #expect(try box.container(service)["State"] == "exited")
      }
      // `up` brings back the rest.
      try switchOff(box)
      try box.up("up", "-d")
      #expect(
        try running(in: box) == ["always", "db", "failed", "plain", "stopped", "web"])
      #expect(try addresses(in: box, of: ["db", "web"]) == before)
    }
  }

  @Test(
    "what is stopped because the machine goes down comes back, what was stopped by hand does not")
  func suspend() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.project)
      try box.up("up", "-d")
      try box.up("stop", "stopped")
      try box.up("systemd", "stop", "stack")
      #expect(try running(in: box) == [])
      try switchOff(box)
      try box.up("systemd", "start", "stack")
      #expect(try running(in: box) == ["always", "db", "failed", "web"])
    }
  }

  @Test("a project that is not there is told apart from one that has nothing to start")
  func unknown() throws {
    try Sandbox.with { box in
      let result = try box.roost(["systemd", "start", "nosuch"])
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("project nosuch has no containers"))
      try box.up("systemd", "stop", "nosuch")
      try box.up("systemd", "start")
    }
  }

  @Test("the unit starts and stops the project, whatever the directories are called")
  func unit() throws {
    try Sandbox.with { box in
      let odd = ["--root", "/srv/a b", "--run-root", "/run/100%$x"]
      let unit = try box.roost(odd + ["systemd", "install", "--print", "stack"]).output
      let program = try Files.realPath(Sandbox.binary("roost"))
      let start =
        "ExecStart=\(program) --root \"/srv/a b\" --run-root \"/run/100%%$$x\" systemd start stack"
      #expect(unit.split(separator: "\n").contains(Substring(start)), "\(unit)")
      #expect(unit.contains("WantedBy=multi-user.target"))
    }
  }

  private func running(in box: Sandbox) throws -> [String] {
    let output = try box.up("ps", "--format", "{{.Service}} {{.State}}").output
    return output.split(separator: "\n").filter { $0.hasSuffix(" running") }
      .map { String($0.split(separator: " ")[0]) }.sorted()
  }

  private func addresses(in box: Sandbox, of services: [String]) throws -> [String] {
    try services.map { try box.up("exec", "-T", $0, "hostname", "-i").output }
  }

  /// Leaves of a sandbox what a machine that lost its power has when it comes up: what is on the disk.
  private func switchOff(_ box: Sandbox) throws {
    for pid in try processes(of: box) { kill(pid, SIGKILL) }
    #expect(try eventually { try processes(of: box).isEmpty })
    for mount in try MountTable.below(box.runRoot) { umount2(mount.mountPoint, Int32(MNT_DETACH)) }
    try Sandbox.check(["rm", "-rf", box.runRoot])
    let directory = Layout.idReservations
    for name in (try? Files.listIfPresent(directory)) ?? [] {
      let link = "\(directory)/\(name)"
      if (try? Files.readLink(link))?.hasPrefix(box.root) ?? false { unlink(link) }
    }
    rmdir(directory)
    for line in try box.inside(["ip", "-o", "link"]).output.split(separator: "\n") {
      let name = line.split(separator: " ")[1].prefix { $0 != ":" && $0 != "@" }
      guard name != "lo", !name.hasPrefix("uplink") else { continue }
      _ = try box.inside(["ip", "link", "delete", String(name)])
    }
    for line in try box.inside(["nft", "list", "tables"]).output.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      _ = try box.inside(["nft", "delete"] + words)
    }
  }

  private func processes(of box: Sandbox) throws -> [Int32] {
    let directory = "\(box.runRoot)/containers"
    let programs = ((try? Files.list(directory)) ?? []).compactMap { name -> Int32? in
      guard let id = ObjectID(name) else { return nil }
      return InitRecord.readIfUsable(box.layout.container(id).initPID)?.process.pid
    }
    return try box.processes(named: "roost") + programs.filter { kill($0, 0) == 0 }
  }
}
