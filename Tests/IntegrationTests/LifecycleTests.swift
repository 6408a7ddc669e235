import Linux
import Model
import TestSupport
import Testing

@Suite("Lifecycle", .timeLimit(.standard), .needsRoot, .serialized)
struct LifecycleTests {
  private let web = """
    services:
      web:
        image: busybox
        command: ["sh", "-c", "trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done"]
      cache:
        image: busybox
        command: ["sleep", "infinity"]
        init: true
        volumes: ["data:/data"]
    volumes:
      data:
    """

  @Test("up, look, down: everything is there and then nothing is")
  func upAndDown() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(web)
      try box.up("up", "-d", "--wait")
      let ps = try box.up("ps", "--format", "json")
      #expect(ps.output.split(separator: "\n").count == 2)
      #expect(try box.container("web")["State"] == "running")
      #expect(try box.container("web")["Name"] == "stack-web-1")
      let list = try box.up("ls", "--format", "json")
      #expect(try JSON.parse(list.output).arrayValue?.first?["Status"] == "running(2)")
      try box.up("down")
      // At once, not a moment later.
      let links = try box.inside(["ip", "-br", "link"]).output
      #expect(!links.contains("rst-") && !links.contains("rv"), "\(links)")
      #expect(try !box.inside(["nft", "list", "tables"]).output.contains("roost"))
      #expect(try box.up("ps", "-a", "-q").output == "")
      #expect(try box.up("volume", "ls", "-q").output == "stack_data\n")
      try box.up("down", "-v")
      #expect(try box.up("volume", "ls", "-q").output == "")
    }
  }

  @Test("directories given as relative paths are the caller's")
  func relativeDirectories() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(web)
      let command = [Sandbox.binary("roost"), "--root", "../root", "--run-root", "../run"]
      let up = try box.inside(command + ["up", "-d", "--wait"])
      #expect(up.exitCode == 0, "\(up.text)")
      #expect(try box.container("web")["State"] == "running")
    }
  }

  @Test("a second up changes nothing, a changed service alone is recreated")
  func idempotent() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(web)
      try box.up("up", "-d")
      let first = try box.container("web")["ID"]
      let other = try box.container("cache")["ID"]
      try box.up("up", "-d")
      #expect(try box.container("web")["ID"] == first)
      try box.compose(web.replacing("echo ready", with: "echo changed"))
      let plan = try box.up("--dry-run", "up", "-d")
      #expect(plan.output.contains("command"), "the reason names the key: \(plan.output)")
      try box.up("up", "-d")
      #expect(try box.container("web")["ID"] != first)
      #expect(try box.container("cache")["ID"] == other)
    }
  }

  @Test("a volume keeps its data over down and up")
  func data() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(web)
      try box.up("up", "-d")
      try box.up("exec", "-T", "cache", "sh", "-c", "echo kept > /data/file")
      try box.up("down")
      try box.up("up", "-d")
      #expect(try box.up("exec", "-T", "cache", "cat", "/data/file").output == "kept\n")
    }
  }

  @Test("scaling keeps numbers and removes the highest first")
  func scale() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(web)
      func names() throws -> [String] {
        try box.up("ps", "web", "--format", "{{.Name}}").output.split(separator: "\n")
          .map(String.init)
      }
      try box.up("up", "-d", "--scale", "web=3")
      #expect(try names() == ["stack-web-1", "stack-web-2", "stack-web-3"])
      try box.up("up", "-d", "--scale", "web=2")
      #expect(try names() == ["stack-web-1", "stack-web-2"])
      try box.up("scale", "web=3")
      #expect(try names() == ["stack-web-1", "stack-web-2", "stack-web-3"])
    }
  }

  @Test("stop, start, restart, kill and rm do as they say")
  func verbs() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(web)
      try box.up("up", "-d")
      try box.up("stop", "web")
      #expect(try box.container("web")["State"] == "exited")
      #expect(try box.container("web")["ExitCode"] == 0)
      try box.up("start", "web")
      #expect(try box.container("web")["State"] == "running")
      try box.up("kill", "-s", "KILL", "web")
      #expect(try eventually { try box.container("web")["ExitCode"] == 137 })
      try box.up("restart", "web")
      #expect(try box.container("web")["State"] == "running")
      try box.up("rm", "-sf", "web")
      #expect(try box.up("ps", "-a", "-q", "web").output == "")
      #expect(try box.container("cache")["State"] == "running")
    }
  }

  @Test("containers of services that left the file are reported, and removed on request")
  func orphans() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(web)
      try box.up("up", "-d")
      try box.compose(
        """
        services:
          web:
            image: busybox
            command: ["sleep", "infinity"]
            init: true
        """)
      let result = try box.up("up", "-d")
      #expect(result.errors.contains("stack-cache-1"))
      #expect(try box.up("ps", "-q").output.split(separator: "\n").count == 2)
      try box.up("up", "-d", "--remove-orphans")
      #expect(try box.up("ps", "-q").output.split(separator: "\n").count == 1)
    }
  }

  @Test("down works without the file, by the project's name")
  func downByName() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(web)
      try box.up("up", "-d")
      try Files.remove("\(box.project)/compose.yaml")
      try box.up("-p", "stack", "down", "-v")
      #expect(try box.up("container", "ls", "-a", "-q").output == "")
    }
  }

  @Test("dependencies start first and conditions are waited for")
  func conditions() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          job:
            image: busybox
            command: ["sh", "-c", "sleep 0.3; echo done > /out/job"]
            volumes: ["out:/out"]
          db:
            image: busybox
            command: ["sh", "-c", "sleep 0.5; touch /tmp/up; sleep infinity"]
            init: true
            healthcheck:
              test: ["CMD", "test", "-e", "/tmp/up"]
              interval: 200ms
              retries: 20
          app:
            image: busybox
            command: ["sh", "-c", "cat /out/job"]
            volumes: ["out:/out"]
            depends_on:
              job: { condition: service_completed_successfully }
              db: { condition: service_healthy }
        volumes:
          out:
        """)
      try box.up("up", "-d")
      #expect(try box.container("db")["Health"] == "healthy")
      let shown = try box.up(
        "container", "inspect", "-f",
        "{{.State.Health.Status}} {{.State.Health.FailingStreak}} {{len .State.Health.Log}}",
        "stack-db-1")
      #expect(shown.output.hasPrefix("healthy 0 "), "\(shown.output)")
      #expect(try eventually { try box.up("logs", "app").output.contains("done") })
    }
  }

  @Test("an attached up shows the logs and ends with the containers")
  func attached() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          one:
            image: busybox
            command: ["sh", "-c", "echo out; echo err >&2; exit 3"]
        """)
      let result = try box.roost(["up", "--exit-code-from", "one"])
      #expect(result.exitCode == 3, "\(result.text)")
      #expect(result.output.contains("Attaching to one-1"))
      #expect(result.output.contains("one-1  | out"))
      #expect(result.errors.contains("one-1  | err"))
      #expect(result.output.contains("one-1 exited with code 3"))
    }
  }

  @Test("logs show both streams, and select by time, number and service")
  func logs() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          talk:
            image: busybox
            command: ["sh", "-c", "for i in 1 2 3 4 5; do echo line $$i; done; echo bad >&2"]
          other:
            image: busybox
            command: ["echo", "other"]
        """)
      try box.up("up", "-d")
      let lines = "line 1\nline 2\nline 3\nline 4\nline 5\n"
      func isComplete(_ text: String) -> Bool { text.contains("bad") && text.contains("line 5") }
      #expect(try eventually { try isComplete(box.up("logs", "talk").output) })
      let all = try box.up("logs", "--no-log-prefix", "talk")
      // In which order lines of two streams come is nobody's promise.
      #expect(all.output.replacing("bad\n", with: "") == lines && all.errors == "", "\(all.text)")
      let tail = try box.up("logs", "--no-log-prefix", "-n", "2", "talk")
      #expect(tail.output.split(separator: "\n").count == 2, "\(tail.text)")
      let apart = try box.up("container", "logs", "stack-talk-1")
      #expect(apart.output == lines && apart.errors == "bad\n", "\(apart.text)")
      let timed = try box.up("logs", "-t", "--no-log-prefix", "-n", "1", "other")
      let stamp = timed.output.split(separator: " ").first.map(String.init) ?? ""
      #expect(Timestamp(rfc3339: stamp) != nil, "\(timed.output)")
      #expect(try box.up("logs", "--since", "0s", "other").output == "")
    }
  }
}
