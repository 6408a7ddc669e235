import Glibc
import Linux
import Model
import TestSupport
import Testing

/// What commands leave that are killed, or whose calls fail, and what the next one makes of it.
@Suite("Killed and failing commands", .timeLimit(.standard), .needsRoot, .serialized)
struct CrashTests {
  private static let stack = """
    services:
      web:
        image: busybox
        command: [sleep, infinity]
        stop_grace_period: 0s
        volumes: ["data:/data"]
        ports: ["18081:80", "18082:80/udp"]
    volumes: { data: {} }
    """

  /// What is left of the sandbox's projects: processes of ours, and what they keep.
  private func remains(_ box: Sandbox) throws -> [String] {
    let files = try ["containers", "networks", "volumes", "projects"].flatMap { part in
      try Files.listIfPresent("\(box.root)/\(part)").map { "\(part)/\($0)" }
    }
    let run = try ["containers", "projects", "ports"].flatMap { part in
      try Files.listIfPresent("\(box.runRoot)/\(part)").map { "run \(part)/\($0)" }
    }
    return files + run + processes(box)
  }

  private func expectNothing(_ box: Sandbox, _ when: String) throws {
    guard try !eventually(within: 20, { try remains(box).isEmpty }) else { return }
    let left = try remains(box)
    Issue.record("\(when): \(left)")
  }

  /// The shims and supervisors of the sandbox.
  private func processes(_ box: Sandbox) -> [String] {
    ProcessTable.all().compactMap { pid in
      let words = ProcessTable.arguments(pid)
      guard words.contains(where: { $0.hasPrefix(box.runRoot) }),
        ProcessTable.stat(pid)?.hasEnded == false
      else { return nil }
      return "\(pid) \(words.joined(separator: " "))"
    }
  }

  /// Kinds of calls on the way of `down`, and how they fail.
  private static let failures = [
    ("openat", "EMFILE"), ("read", "EIO"), ("newfstatat", "ENOMEM"), ("unlink,unlinkat", "EIO"),
    ("rename", "EIO"), ("write", "ENOSPC"),
  ]

  @Test(
    "`down` with a failing call says so, or nothing is left; the next one goes on",
    .needs("strace"), arguments: failures.map(\.0))
  func failingDown(calls: String) throws {
    let error = try #require(Self.failures.first { $0.0 == calls }).1
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.stack)
      try box.up("up", "-d")
      let log = "\(box.directory)/strace"
      let strace = ["strace", "-f", "-qq", "-o", log, "-e", "trace=\(calls)"]
      let first = try box.inside(strace + box.program + ["down", "-v"])
      #expect(first.exitCode == 0, "\(first.text)")
      // Those that the main thread makes after the program's own start.
      let count = try Files.readText(log).split(separator: "\n").count
      for number in stride(from: max(1, count / 8), through: count, by: max(1, count / 5)) {
        try box.up("up", "-d")
        let inject = ["-e", "inject=\(calls):error=\(error):when=\(number)"]
        let down = try box.inside(strace + inject + box.program + ["down", "-v"])
        if down.exitCode == 0 {
          try expectNothing(box, "call \(number)")
        } else {
          #expect(!down.errors.isEmpty, "\(number)")
        }
        let next = try box.roost(["down", "-v"])
        #expect(next.exitCode == 0, "\(number): \(next.text)")
        try expectNothing(box, "call \(number)")
      }
    }
  }

  @Test("a supervisor whose pid file is missing is ended by `down`")
  func supervisorWithoutFile() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.stack)
      try box.up("up", "-d")
      try Files.remove("\(box.runRoot)/projects/stack/supervisor.pid")
      try box.up("down", "-v")
      try expectNothing(box, "")
    }
  }

  /// Starts a build that stays in its RUN, and returns once the command runs.
  private func startBuild(_ box: Sandbox) throws -> CommandRun {
    try box.write("Dockerfile", "FROM busybox\nRUN sleep 1000\n")
    let build = try box.start(["image", "build", "-t", "app", "."])
    let containers = "\(box.runRoot)/containers"
    try #require(
      try eventually {
        try Files.listIfPresent(containers).contains {
          Files.exists("\(containers)/\($0)/init.pid")
        }
      }, "\(build.errors)")
    return build
  }

  @Test(
    "the container of a killed build goes with the next command, that of a live one stays",
    arguments: [["builder", "prune", "-f"], ["up", "-d"], ["volume", "prune", "-f"]])
  func killedBuild(command: [String]) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose("services: { web: { image: busybox, network_mode: none } }")
      let build = try startBuild(box)
      let made = try Files.list("\(box.root)/containers")
      try box.up("builder", "prune", "-f")
      #expect(try Files.list("\(box.root)/containers") == made)
      kill(-build.pid, SIGKILL)
      _ = try build.wait()
      // Whoever killed the build has not killed what it runs.
      #expect(try Files.list("\(box.root)/containers") == made)
      let result = try box.roost(command)
      #expect(result.exitCode == 0, "\(result.text)")
      let left = try Files.list("\(box.root)/containers")
      #expect(Set(left).isDisjoint(with: made), "\(result.text)")
      #expect(!processes(box).contains { line in made.contains { line.contains($0) } })
      try box.up("down", "-v")
      #expect(try Files.list("\(box.root)/networks").isEmpty)
    }
  }

  @Test("a build that gets no thread says so and ends", .needs("strace"), arguments: 1...4)
  func buildWithoutThreads(first: Int) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.write("Dockerfile", "FROM busybox\nCOPY Dockerfile /\nRUN true\n")
      let build = try CommandRun(
        box.onHost + ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=clone3"]
          + ["-e", "inject=clone3:error=EAGAIN:when=\(first)+"] + box.program
          + ["image", "build", "-t", "app", "."], directory: box.project
      ).wait(minutes: 2)
      // A thread more or less may not be needed, but then all is there.
      if build.exitCode == 0 {
        #expect(try box.up("image", "ls").output.contains("app"))
      } else {
        #expect(build.errors.contains("pthread_create"), "\(build.text)")
      }
      try box.up("image", "build", "-t", "app", ".")
      _ = try? box.roost(["network", "prune", "-f"])
    }
  }

  @Test("a record without a specification is made anew by `up` and gone after `down`")
  func tornContainer() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.stack)
      for verb in [["up", "-d"], ["start"], ["restart"], ["down", "-v"]] {
        try box.up("up", "-d")
        try box.up("stop")
        let id = try #require(try Files.list("\(box.root)/containers").first)
        try Files.remove("\(box.root)/containers/\(id)/spec.json")
        let result = try box.roost(verb)
        #expect(!(try Files.list("\(box.root)/containers")).contains(id), "\(result.text)")
        try box.up("up", "-d")
        #expect(try box.container("web")["State"] == "running")
      }
    }
  }
}
