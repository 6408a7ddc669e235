import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@Suite("Containers of services", .timeLimit(.standard), .needsRoot, .serialized)
struct ServiceContainerTests {
  private static let stack = """
    services:
      busy: { image: busybox, command: [sh, -c, "while :; do :; done"], mem_limit: 64m }
      cat:
        image: busybox
        command: [sh, -c, "echo $$HOSTNAME > /own; exec cat"]
        stdin_open: true
        deploy: { replicas: 2 }
    """

  private func start(_ box: Sandbox) throws {
    try box.importBusybox()
    try box.compose(Self.stack)
    try box.up("up", "-d")
  }

  @Test("stats tell what containers use, and nothing of those that do not run")
  func stats() throws {
    try Sandbox.with { box in
      try start(box)
      try box.up("stop", "-t", "0", "cat")
      let lines = try box.up("stats", "--no-stream", "-a", "--format", "json").output
        .split(separator: "\n")
      #expect(lines.count == 3)
      let rows = try lines.map { try JSON.parse(String($0)) }
      let busy = try #require(rows.first { $0["Name"] == "stack-busy-1" })
      let percent = try #require(busy["CPUPerc"]?.stringValue).dropLast()
      #expect(try #require(Double(percent)) > 0)
      #expect(busy["MemUsage"]?.stringValue?.hasSuffix(" / 64MiB") == true)
      #expect(busy["PIDs"] == "1")
      #expect(busy["ID"]?.stringValue?.count == 12)
      let stopped = rows.filter { $0["Name"] != "stack-busy-1" }
      #expect(stopped.allSatisfy { $0["CPUPerc"] == "--" && $0["PIDs"] == "--" })
      let running = try box.up("container", "stats", "--no-stream", "--format", "{{.Name}}")
      #expect(running.output == "stack-busy-1\n")
      let unknown = try box.roost(["stats", "--no-stream", "cot"])
      #expect(unknown.exitCode == 1 && unknown.errors.contains("no such service: cot"))
    }
  }

  @Test("stats go on until they are interrupted")
  func stream() throws {
    try Sandbox.with { box in
      try start(box)
      let run = try box.start(["stats", "busy"])
      #expect(eventually { run.output.split(separator: "\n").count >= 4 })
      run.signal(2)
      let result = try run.wait()
      #expect(result.exitCode == 0, "\(result.text)")
      #expect(result.output.contains("CONTAINER ID"))
    }
  }

  @Test("attach joins the container of the number that is given")
  func attach() throws {
    try Sandbox.with { box in
      try start(box)
      let run = try box.start(["attach", "--index", "2", "cat"], input: "hello\n")
      #expect(eventually { run.output == "hello\n" })
      try box.up("kill", "cat")
      #expect(try run.wait().exitCode == 137)
      #expect(try box.up("logs", "--no-log-prefix", "cat").output == "hello\n")
      let absent = try box.roost(["attach", "--index", "9", "busy"])
      #expect(absent.exitCode == 1 && absent.errors.contains("no running container 9"))
    }
  }

  @Test("a commit that is killed leaves its container paused until the next command")
  func killedCommit() throws {
    try Sandbox.with { box in
      try start(box)
      let place = try box.place("busy")
      let make = "dd if=/dev/zero of=/big bs=1048576 count=400 2>/dev/null"
      try box.up("exec", "-T", "busy", "sh", "-c", make)
      let run = try box.start(["commit", "busy", "big"])
      #expect(eventually { Files.exists(place.pausedBy) })
      kill(run.pid, SIGKILL)
      _ = try run.wait()
      #expect(try box.roost(["exec", "-T", "busy", "true"]).exitCode == 0)
      #expect(!Files.exists(place.pausedBy))
      #expect(try box.container("busy")["State"] == "running")
    }
  }

  @Test("export and commit take the container of the number that is given, also a stopped one")
  func exportAndCommit() throws {
    try Sandbox.with { box in
      try start(box)
      let own = try box.up("exec", "-T", "--index", "2", "cat", "cat", "/own").output
      #expect(own.count == 13)
      try box.up("stop", "-t", "0", "cat")
      try box.up("export", "--index", "2", "-o", "two.tar", "cat")
      #expect(
        try Sandbox.execute(["tar", "-C", box.project, "-xOf", "\(box.project)/two.tar", "own"])
          .output == own)
      try box.up("commit", "--index", "2", "-c", "ENV A=b", "cat", "two:1")
      let run = ["container", "run", "--rm", "--network", "none", "two:1"]
      #expect(try box.roost(run + ["sh", "-c", "cat /own; echo $A"]).output == own + "b\n")
      let absent = try box.roost(["export", "-o", "x", "--index", "3", "cat"])
      #expect(absent.exitCode == 1 && absent.errors.contains("it has 1, 2"))
    }
  }
}
