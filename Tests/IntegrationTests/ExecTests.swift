import Model
import TestSupport
import Testing

@Suite("Exec and run", .timeLimit(.standard), .needsRoot, .serialized)
struct ExecTests {
  private let sleeper = """
    services:
      app:
        image: busybox
        command: ["sleep", "infinity"]
        init: true
        working_dir: /tmp
        environment: { GREETING: hello }
    """

  @Test("exec passes input, output, variables and exit codes through")
  func exec() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(sleeper)
      try box.up("up", "-d")
      #expect(try box.up("exec", "-T", "app", "pwd").output == "/tmp\n")
      #expect(try box.up("exec", "-T", "app", "sh", "-c", "echo $GREETING").output == "hello\n")
      #expect(
        try box.up("exec", "-T", "-e", "A=b c", "app", "sh", "-c", "echo \"$A\"").output == "b c\n")
      #expect(
        try box.roost(["exec", "-T", "app", "cat"], input: "a\u{0}b\n").output == "a\u{0}b\n")
      #expect(try box.roost(["exec", "-T", "app", "sh", "-c", "exit 42"]).exitCode == 42)
      #expect(try box.roost(["exec", "-T", "app", "nosuch"]).exitCode == 127)
      #expect(try box.roost(["exec", "-T", "app", "/etc/passwd"]).exitCode == 126)
      #expect(try box.roost(["exec", "-T", "app", "sh", "-c", "kill -9 $$"]).exitCode == 137)
      #expect(
        try box.up("exec", "-T", "-u", "app", "-w", "/", "app", "id", "-un").output == "app\n")
    }
  }

  @Test("exec in a service that does not exist names the nearest one")
  func unknownService() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(sleeper)
      try box.up("up", "-d")
      let result = try box.roost(["exec", "-T", "ap", "true"])
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("app"), "\(result.text)")
    }
  }

  @Test("run makes a container of its own, and --rm removes it")
  func run() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(sleeper)
      let result = try box.roost(["run", "--rm", "-T", "app", "sh", "-c", "echo $GREETING; exit 5"])
      #expect(result.exitCode == 5, "\(result.text)")
      #expect(result.output == "hello\n")
      #expect(try box.up("ps", "-a", "-q").output == "")
      #expect(
        try box.roost(["run", "--rm", "-T", "app", "cat"], input: "piped").output == "piped")
    }
  }
}
