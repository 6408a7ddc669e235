import Glibc
import Linux
import Model
import TestSupport
import Testing

@Suite("Hooks", .timeLimit(.standard), .needsRoot, .serialized)
struct HookTests {
  /// Each hook, and each program as it begins, writes a line to `log/lines`.
  private static let stack = """
    services:
      web:
        image: busybox
        depends_on: [db]
        init: true
        command: ["sh", "-c", "echo web >> /log/lines; exec sleep infinity"]
        volumes: ["./log:/log"]
      db:
        image: busybox
        init: true
        command: ["sleep", "infinity"]
        volumes: ["./log:/log"]
        post_start:
          - command: ["sh", "-c", "sleep 0.2; echo up $$MARK >> /log/lines"]
            environment: { MARK: one }
          - command: ["sh", "-c", "echo up two >> /log/lines"]
        pre_stop:
          - command: ["sh", "-c", "sleep 0.2; echo down one >> /log/lines"]
          - command: ["sh", "-c", "echo down two >> /log/lines"]
    """
  private static let ups = ["up one", "up two"]
  private static let downs = ["down one", "down two"]

  private func with(_ file: String = stack, _ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try Files.makeDirectories("\(box.project)/log")
      try box.compose(file)
      try body(box)
    }
  }

  /// The lines that were written since the last call.
  private func lines(_ box: Sandbox) throws -> [String] {
    let path = "\(box.project)/log/lines"
    guard Files.exists(path) else { return [] }
    let lines = try Files.readText(path).split(separator: "\n").map(String.init)
    try Files.write(path, [])
    return lines
  }

  /// Brings the stack up, and returns what was written once the dependent has begun.
  private func linesOfUp(_ box: Sandbox) throws -> [String] {
    try box.up("up", "-d")
    let path = "\(box.project)/log/lines"
    let hasBegun = eventually { (try? Files.readText(path))?.hasSuffix("web\n") == true }
    #expect(hasBegun, "a dependent starts after the hooks")
    return try lines(box)
  }

  @Test("hooks run in their order around starts and stops of every verb")
  func verbs() throws {
    try with { box in
      #expect(try linesOfUp(box) == Self.ups + ["web"])
      let again = try box.up("up", "-d")
      #expect(try lines(box) == [], "what runs is left alone")
      #expect(!again.errors.contains("hook"), "\(again.text)")
      try box.up("restart", "db")
      #expect(try lines(box) == Self.downs + Self.ups)
      try box.up("stop", "db")
      #expect(try lines(box) == Self.downs)
      try box.up("stop", "db")
      try box.up("kill", "web")
      #expect(try lines(box) == [], "nothing runs in what does not run")
      try box.up("start", "db")
      #expect(try lines(box) == Self.ups)
      try box.up("up", "-d", "--force-recreate", "--no-deps", "db")
      #expect(try lines(box) == Self.downs + Self.ups)
      try box.up("up", "-d", "--no-deps", "--scale", "db=2", "db")
      #expect(try lines(box) == Self.ups)
      try box.up("up", "-d", "--no-deps", "--scale", "db=1", "db")
      #expect(try lines(box) == Self.downs)
      try box.up("container", "restart", "stack-db-1")
      #expect(try lines(box) == Self.downs + Self.ups)
      try box.up("down")
      #expect(try lines(box) == Self.downs)
    }
  }

  @Test("a dry run names each hook with its command where it would run, and runs none")
  func dryRun() throws {
    try with { box in
      let up = try box.up("--dry-run", "up", "-d").text
      #expect(up.contains("run post_start hook sh -c echo up two >> /log/lines"), "\(up)")
      #expect(try lines(box) == [])
      _ = try linesOfUp(box)
      let down = try box.up("--dry-run", "down").text
      #expect(down.contains("run pre_stop hook sh -c echo down two >> /log/lines"), "\(down)")
      #expect(try lines(box) == [])
    }
  }

  @Test("a post_start hook that fails fails up, and its container does not run")
  func failingPostStart() throws {
    let file = Self.stack.replacing("echo up two", with: "echo no luck >&2; exit 3; echo")
    try with(file) { box in
      let result = try box.roost(["up", "-d"])
      #expect(result.exitCode == 1)
      #expect(
        result.errors.contains("of stack-db-1 ended with exit code 3"), "\(result.text)")
      #expect(result.errors.contains("it wrote: no luck"))
      #expect(try lines(box) == ["up one"], "nothing after it")
      #expect(try box.up("ps", "-q").output == "")
      #expect(try box.container("db")["State"] == "exited")
    }
  }

  @Test("a pre_stop hook that fails is warned about, and the container is stopped all the same")
  func failingPreStop() throws {
    let file = Self.stack.replacing("echo down one", with: "echo no luck >&2; exit 3; echo")
    try with(file) { box in
      _ = try linesOfUp(box)
      let result = try box.up("stop", "db")
      #expect(result.errors.contains("of stack-db-1 ended with exit code 3"), "\(result.text)")
      #expect(try lines(box) == ["down two"])
      #expect(try box.container("db")["State"] == "exited")
    }
  }

  @Test(
    "a hook that writes much, or leaves something running, ends",
    arguments: [
      "head -c 3000000 /dev/zero | tr '\\\\0' x; echo; echo no luck; exit 3",
      "sleep 1000 & yes & echo no luck; exit 3",
    ])
  func floodingHook(command: String) throws {
    let file = Self.stack.replacing("echo down one", with: command + "; echo")
    try with(file) { box in
      _ = try linesOfUp(box)
      let result = try box.up("stop", "db")
      #expect(result.errors.contains("of stack-db-1 ended with exit code 3"), "\(result.text)")
      #expect(try box.container("db")["State"] == "exited")
    }
  }

  @Test("a container that was started gets all its hooks, whatever fails meanwhile")
  func failureElsewhere() throws {
    let file =
      Self.stack + """

          other:
            image: busybox
            init: true
            command: ["sleep", "infinity"]
            post_start: [{ command: ["sh", "-c", "exit 4"] }]
        """
    try with(file.replacing("sleep 0.2; echo up", with: "sleep 2; echo up")) { box in
      let result = try box.roost(["up", "-d", "db", "other"])
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("of stack-other-1 ended with exit code 4"), "\(result.text)")
      // Whichever came first: db was not started at all, or it runs with what belongs to that.
      let isThere = try box.up("ps", "-q", "db").output != ""
      #expect(try lines(box) == (isThere ? Self.ups : []))
    }
  }

  @Test("Ctrl-C in a pre_stop hook skips none of the hooks, and the container is ended")
  func interruptedStop() throws {
    let hook = "sleep 0.2; echo down one"
    let file = Self.stack.replacing(
      hook,
      with: "echo began >> /log/lines; while [ ! -e /log/go ]; do sleep 0.1; done; echo down one")
    try with(file) { box in
      try box.up("up", "-d", "db")
      #expect(try lines(box) == Self.ups)
      let stop = try box.start(["stop", "db"])
      let path = "\(box.project)/log/lines"
      #expect(eventually { (try? Files.readText(path)) == "began\n" })
      stop.signal(SIGINT)
      #expect(eventually { stop.hasReceived(SIGINT) })
      try Files.write("\(box.project)/log/go", [])
      #expect(try stop.wait().exitCode == 130)
      #expect(try lines(box) == ["began"] + Self.downs)
      #expect(try box.container("db")["State"] == "exited")
    }
  }

  @Test("an attached up shows what hooks write, before and after the program's own lines")
  func shownOutput() throws {
    let file = """
      services:
        web:
          image: busybox
          command: ["sh", "-c", "trap 'exit 0' TERM; echo program; touch /log/began; while :; do sleep 0.1; done"]
          volumes: ["./log:/log"]
          post_start:
            - command: ["sh", "-c", "echo first; echo second >&2; printf third; touch /log/hooked"]
          pre_stop:
            - command: ["sh", "-c", "echo goodbye"]
        quiet:
          image: busybox
          attach: false
          init: true
          command: ["sleep", "infinity"]
          post_start: [{ command: ["echo", "whisper"] }]
      """
    try with(file) { box in
      let run = try box.start(["up"])
      #expect(
        eventually {
          ["began", "hooked"].allSatisfy { Files.exists("\(box.project)/log/\($0)") }
            && run.output.contains("whisper")
        })
      run.signal(SIGINT)
      let result = try run.wait()
      let lines = result.output.split(separator: "\n").map { line in
        line.split(separator: " ").joined(separator: " ")
      }
      for expected in ["first", "second", "third", "goodbye"] {
        #expect(lines.contains("web-1 -> | \(expected)"), "\(result.text)")
      }
      #expect(lines.contains("web-1 | program"))
      #expect(lines.contains("quiet-1 -> | whisper"))
      // The names are one column.
      let columns = result.output.split(separator: "\n").filter { $0.contains(" | ") }
        .map { $0.prefix { $0 != "|" }.count }
      #expect(Set(columns.suffix(2)).count == 1, "\(result.text)")
    }
  }
}
