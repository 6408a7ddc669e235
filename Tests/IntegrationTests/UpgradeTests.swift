import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

/// The directory with the four programs of the version before, if somebody built them.

/// An update of roost while projects run.
@Suite("An update", .timeLimit(.standard), .needsRoot, .serialized)
struct UpgradeTests {
  private static let names = ["roost", "roost-shim", "roost-archive", "roost-registry"]

  /// A directory of the sandbox with the programs, as an installation has it.
  private struct Installation {
    let box: Sandbox
    var directory: String { "\(box.directory)/bin" }
    var command: [String] {
      ["\(directory)/roost", "--root", box.root, "--run-root", box.runRoot]
    }

    /// Puts programs into place, each in one step, as install(1) does.
    func install(from source: (String) -> String) throws {
      try Files.makeDirectories(directory)
      for name in names {
        try Sandbox.check(["cp", source(name), "\(directory)/\(name).new"])
        try Files.rename("\(directory)/\(name).new", "\(directory)/\(name)")
      }
    }

    @discardableResult
    func roost(
      _ arguments: String..., sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) throws -> Sandbox.Result {
      let result = try box.inside(command + arguments)
      try #require(result.exitCode == 0, "\(result.text)", sourceLocation: sourceLocation)
      return result
    }

    func container(_ service: String) throws -> JSON {
      let result = try roost("ps", "-a", "--no-trunc", "--format", "json", service)
      let line = try #require(result.output.split(separator: "\n").first, "\(result.text)")
      return try JSON.parse(String(line))
    }
  }

  private static let stack = """
    services:
      web:
        image: busybox
        hostname: webhost
        command: [sh, -c, "hostname > /tmp/index.html; exec httpd -f -p 80 -h /tmp"]
        ports: ["8080:80"]
        networks: [named]
        restart: always
        healthcheck: { test: [CMD, "true"], interval: 500ms, retries: 3 }
      count:
        image: busybox
        command: [sh, -c, "i=0; while true; do i=$$((i+1)); echo $$i; sleep 0.1; done"]
        networks: [named]
        restart: always
    networks:
      named: {}
    """

  @Test(
    "from the version before keeps running containers, and looks after them",
    .onPreviousPrograms)
  func fromPrevious() throws {
    let previous = try #require(previousPrograms)
    try Sandbox.with { box in
      let programs = Installation(box: box)
      try programs.install { "\(previous)/\($0)" }
      try box.importBusybox(with: programs.command)
      try box.compose(Self.stack)
      try programs.roost("up", "-d", "--wait")
      let ids = try programs.roost("ps", "-q").output
      let processes = try Self.initProcesses(of: box)
      #expect(processes.count == 2)
      let first = try #require(Self.supervisor(of: box))
      #expect(first.messages == MessageVersion.unversioned)

      try programs.install { Sandbox.binary($0) }
      try Self.expectRunning(programs, ids, processes)
      try Self.expectReachable(programs)

      // Nothing is to be done but to replace the supervisor.
      try programs.roost("up", "-d")
      #expect(eventually { Self.supervisor(of: box)?.messages == MessageVersion.current })
      let second = try #require(Self.supervisor(of: box))
      #expect(second.messages == MessageVersion.current)
      #expect(!first.process.isAlive)
      #expect(
        try Files.readLink("/proc/\(second.process.pid)/fd/2").hasSuffix("/supervisor.log"))
      try Self.expectRunning(programs, ids, processes)

      try Self.expectNoLineLost(programs) {
        for shim in try Self.shims(of: box) { kill(shim.pid, SIGKILL) }
        #expect(
          try eventually {
            let shims = try Self.shims(of: box)
            return shims.count == 2 && shims.allSatisfy { $0.isAlive }
          })
      }
      kill(second.process.pid, SIGKILL)
      #expect(
        eventually {
          let third = Self.supervisor(of: box)
          return third != nil && third != second && third?.process.isAlive == true
        })
      try Self.expectRunning(programs, ids, processes)
      try Self.expectReachable(programs)

      // The restart policy acts on a container that the version before made.
      kill(processes[0].pid, SIGKILL)
      kill(processes[1].pid, SIGKILL)
      #expect(
        try eventually {
          let now = try Self.initProcesses(of: box)
          return now.count == 2 && now.allSatisfy { $0.isAlive && !processes.contains($0) }
        })
      try programs.roost("restart", "-t", "0")
      #expect(try programs.roost("ps", "-q").output == ids)
      try Self.expectReachable(programs)
      try programs.roost("down", "-t", "0")
      #expect(eventually { Self.supervisor(of: box)?.process.isAlive != true })
    }
  }

  @Test("replaces a supervisor that says no version, and containers go on")
  func supervisorWithoutVersion() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.stack)
      try box.up("up", "-d", "--wait")
      let processes = try Self.initProcesses(of: box)
      let first = try #require(Self.supervisor(of: box))
      // What its file held before there were versions.
      try first.process.write(Self.layout(of: box).supervisorPID("stack"))
      try box.up("up", "-d")
      #expect(!first.process.isAlive)
      #expect(
        eventually {
          let next = Self.supervisor(of: box)
          return next?.process.isAlive == true && next?.messages == MessageVersion.current
        })
      #expect(try Self.initProcesses(of: box) == processes)
      #expect(processes.filter { !$0.isAlive } == [])
    }
  }

  @Test("to a version that a running supervisor is ahead of is refused with both versions")
  func newerSupervisor() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.stack)
      try box.up("up", "-d", "--wait")
      let path = Self.layout(of: box).supervisorPID("stack")
      let record = try #require(Self.supervisor(of: box))
      var newer = record
      newer.messages = 9
      try newer.write(path)
      let result = try box.roost(["restart"])
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("version 9"), "\(result.text)")
      #expect(result.errors.contains("version \(MessageVersion.current)"), "\(result.text)")
      #expect(record.process.isAlive)
      try record.write(path)
    }
  }

  // MARK: What is there

  private static func layout(of box: Sandbox) -> Layout {
    Layout(root: box.root, runRoot: box.runRoot)
  }

  private static func supervisor(of box: Sandbox) -> SupervisorRecord? {
    SupervisorRecord.readIfUsable(layout(of: box).supervisorPID("stack"))
  }

  private static func containers(of box: Sandbox) throws -> [ContainerLayout] {
    try Files.list("\(box.root)/containers").sorted().compactMap { ObjectID($0) }
      .map(layout(of: box).container)
  }

  private static func initProcesses(of box: Sandbox) throws -> [ProcessIdentity] {
    try containers(of: box).compactMap { ProcessIdentity.readIfUsable($0.initPID) }
  }

  private static func shims(of box: Sandbox) throws -> [ProcessIdentity] {
    try containers(of: box).compactMap { ProcessIdentity.readIfUsable($0.shimPID) }
  }

  private static func expectRunning(
    _ programs: Installation, _ ids: String, _ processes: [ProcessIdentity]
  ) throws {
    #expect(try programs.roost("ps", "-q").output == ids)
    #expect(processes.filter { !$0.isAlive } == [])
    for service in ["web", "count"] {
      #expect(try programs.container(service)["State"] == "running")
    }
    #expect(try eventually { try programs.container("web")["Health"] == "healthy" })
  }

  /// Its port, its name, its log and its inside are reached.
  private static func expectReachable(_ programs: Installation) throws {
    #expect(
      try eventually {
        try programs.box.inside(["curl", "-s", "-m", "5", "http://127.0.0.1:8080"]).output
          == "webhost\n"
      })
    let host = try programs.roost("exec", "-T", "web", "hostname")
    #expect(host.output == "webhost\n")
    #expect(
      try eventually {
        let answer = try programs.box.inside(
          programs.command + ["exec", "-T", "count", "wget", "-qO-", "http://web"])
        return answer.output == "webhost\n"
      })
    let attached = try programs.box.start(
      ["container", "attach", "--no-stdin", "stack-count-1"], program: programs.command)
    #expect(eventually { attached.output.contains("\n") })
    attached.signal(SIGKILL)
    _ = try attached.wait()
  }

  /// The counter's log has each number once, also of the time in which `body` runs.
  private static func expectNoLineLost(_ programs: Installation, _ body: () throws -> Void) throws {
    try body()
    let lines = try programs.roost("logs", "--no-log-prefix", "count").output
      .split(separator: "\n").map { Int($0) ?? -1 }
    #expect(!lines.isEmpty)
    #expect(lines == Array(1...max(1, lines.count)))
  }

  @Test("containers of a version that kept /etc/hosts in memory start, with what they share")
  func formerEtcFiles() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          own: { image: busybox, hostname: here, command: [sleep, "1000"] }
          shared: { image: busybox, network_mode: "service:own", command: [sleep, "1000"] }
        """)
      try box.up("create")
      let own = try box.place("own")
      for place in [own, try box.place("shared")] {
        let spec = try Files.readText(place.spec)
        #expect(spec.contains("\(own.etc)/hosts"))
        try Files.write(
          place.spec, Array(spec.replacing(own.etc, with: own.formerEtc).utf8), mode: 0o600)
      }
      try box.up("start")
      for service in ["own", "shared"] {
        let hosts = try box.up("exec", "-T", service, "cat", "/etc/hosts").output
        #expect(hosts.contains("here"), "\(hosts)")
      }
      #expect(!Files.exists(own.formerEtc))
    }
  }
}
