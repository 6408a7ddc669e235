import Glibc
import Model
import TestSupport
import Testing

@Suite("Compose cases: start, stop, restart", .timeLimit(.standard), .needsRoot, .serialized)
struct ReferenceStartStopTests {
  private static let pair = """
    services:
      foo: { \(Sandbox.idle), depends_on: [bar] }
      bar: { \(Sandbox.idle) }
    """

  @Test("ls counts what runs and what has ended")
  func listing() throws {
    try Sandbox.with(compose: Self.pair) { box in
      try box.up("up", "-d")
      #expect(try box.up("ls").output.contains("running(2)"))
      try box.up("stop", "-t", "0")
      #expect(try !box.up("ls").output.contains("stack"))
      #expect(try box.up("ls", "--all").output.contains("exited(2)"))
      #expect(try box.names() == [])
      try box.up("start")
      #expect(try box.up("ls").output.contains("running(2)"))
    }
  }

  @Test("stop leaves dependencies alone, start brings them with it", arguments: [true, false])
  func dependencies(byName: Bool) throws {
    try Sandbox.with(compose: Self.pair) { box in
      try box.up("up", "-d")
      if byName { unlink("\(box.project)/compose.yaml") }
      let project = byName ? ["-p", "stack"] : []
      func roost(_ words: String...) throws {
        let result = try box.roost(project + words)
        #expect(result.exitCode == 0, "\(words): \(result.text)")
      }
      func running() throws -> [String] {
        try box.lines(of: project + ["ps", "--services", "--status", "running"]).sorted()
      }
      try roost("stop", "-t", "0", "foo")
      #expect(try running() == ["bar"])
      try roost("stop", "-t", "0")
      try roost("start", "foo")
      #expect(try running() == ["bar", "foo"])
      try roost("down", "-t", "0")
    }
  }

  @Test("start follows dependencies over several steps, and no further")
  func chain() throws {
    try Sandbox.with(
      compose: """
        services:
          other: { \(Sandbox.idle), depends_on: [elsewhere] }
          elsewhere: { \(Sandbox.idle) }
          second: { \(Sandbox.idle) }
          first: { \(Sandbox.idle), depends_on: [second] }
          wanted: { \(Sandbox.idle), depends_on: [first] }
        """
    ) { box in
      try box.up("create")
      try box.up("start", "wanted")
      #expect(try box.running() == ["first", "second", "wanted"])
    }
  }

  @Test("containers of run are not stopped, started or restarted with their service")
  func oneOffs() throws {
    try Sandbox.with(compose: Self.pair) { box in
      try box.up("up", "-d")
      let id =
        try box.up("run", "-d", "bar", "sleep", "infinity").output.split(separator: "\n").first.map(
          String.init) ?? ""
      let name =
        try box.up("container", "inspect", "-f", "{{slice .Name 1}}", id).output.split(
          separator: "\n"
        ).first.map(String.init) ?? ""
      for words in [["stop", "-t", "0"], ["start"], ["restart", "-t", "0"]] {
        let result = try box.roost(words)
        #expect(result.exitCode == 0 && !result.errors.contains(name), "\(result.text)")
        #expect(try box.names("--status", "running").contains(name), "\(words)")
      }
      try box.up("down", "-t", "0", "--remove-orphans")
      #expect(try box.names("-a") == [])
    }
  }

  @Test("a file stops its own services only, whatever others have brought up under the name")
  func severalFiles() throws {
    try Sandbox.with(compose: "services: { mine: { \(Sandbox.idle) } }") { box in
      try box.write("other.yaml", "services: { theirs: { \(Sandbox.idle) } }")
      try box.up("up", "-d")
      try box.up("-f", "other.yaml", "up", "-d")
      try box.up("stop", "-t", "0")
      #expect(try box.names("--status", "running") == ["stack-theirs-1"])
      try box.up("-f", "other.yaml", "kill", "theirs")
      try box.up("start")
      #expect(try box.names("--status", "running") == ["stack-mine-1"])
      try box.up("down", "-t", "0", "--remove-orphans")
    }
  }

  @Test("what runs is not started again, what has ended is not stopped again")
  func again() throws {
    try Sandbox.with(compose: Self.pair) { box in
      try box.up("up", "-d", "--wait")
      #expect(try box.up("start", "foo").output == "")
      try box.up("stop", "-t", "0", "foo", "bar")
      #expect(try box.roost(["stop", "foo"]).exitCode == 0)
      let both = try box.up("start", "foo", "bar").errors
      #expect(both.contains("stack-foo-1 Started") && both.contains("stack-bar-1 Started"))
    }
  }

  @Test("restart starts what has ended, and takes those with it that ask for that")
  func restart() throws {
    try Sandbox.with(
      compose: """
        services:
          once:
            image: busybox
            command: [sh, -c, "[ -e /seen ] && exec sleep infinity; touch /seen"]
            stop_grace_period: 0s
          web: { \(Sandbox.idle), labels: { a: "${LABEL:-a}" }, healthcheck: { test: "true", interval: 200ms } }
          with: { \(Sandbox.idle), depends_on: { web: { condition: service_healthy, restart: true } } }
          without: { \(Sandbox.idle), depends_on: { web: { condition: service_healthy } } }
          profiled: { \(Sandbox.idle), profiles: [more] }
        """
    ) { box in
      try box.up("--profile", "more", "up", "-d")
      _ = try box.roost(["wait", "once"])
      try box.up("restart", "once")
      #expect(try eventually { try box.running().contains("once") })
      let web = try box.up("restart", "web").errors
      for text in ["web-1 Restarting", "web-1 Healthy", "with-1 Started"] {
        #expect(web.contains(text), "\(web)")
      }
      #expect(!web.contains("without"), "\(web)")
      #expect(try box.up("restart", "profiled").errors.contains("profiled-1 Started"))
      let changed = try box.roost(["up", "-d"], environment: ["LABEL=b"])
      for text in ["with-1 Stopped", "web-1 Recreated", "with-1 Started", "without-1 Running"] {
        #expect(changed.errors.contains(text), "\(changed.text)")
      }
      try box.up("--profile", "more", "down", "-t", "0")
    }
  }

  @Test(
    "pause stops one service, says when it was paused already, and passes over what is not there")
  func pause() throws {
    try Sandbox.with(compose: Self.pair) { box in
      try box.up("pause", "foo")
      try box.up("up", "-d")
      try box.up("pause", "foo")
      #expect(
        try box.lines(of: ["ps", "-a", "--format", "{{.Service}} {{.State}}"]).sorted()
          == ["bar running", "foo paused"])
      let again = try box.roost(["pause", "foo"])
      #expect(again.exitCode == 1 && again.errors.contains("already paused"), "\(again.text)")
      try box.up("unpause", "foo")
      let twice = try box.roost(["unpause", "foo"])
      #expect(twice.exitCode == 1 && twice.errors.contains("not paused"), "\(twice.text)")
      #expect(try box.running() == ["bar", "foo"])
    }
  }

  @Test("wait ends with the code of what it waited for, and --down-project removes the rest")
  func wait() throws {
    try Sandbox.with(
      compose: """
        services:
          faster: { image: busybox, command: [sh, -c, "exit 2"] }
          slower: { image: busybox, command: [sh, -c, "sleep 0.3; exit 3"] }
          endless: { \(Sandbox.idle) }
        """
    ) { box in
      try box.up("up", "-d")
      #expect(try box.roost(["wait", "faster"]).exitCode == 2)
      #expect(try box.roost(["wait", "slower"]).exitCode == 3)
      let endless = try box.start(["wait", "endless"])
      #expect(try box.roost(["wait", "--down-project", "faster"]).exitCode == 2)
      _ = try endless.wait()
      #expect(try box.names("-a") == [])
    }
  }
}
