import Linux
import Model
import TestSupport
import Testing

/// Volumes and networks whose configuration changed, and those that no service uses.
@Suite("Volumes and networks that are made anew", .timeLimit(.standard), .needsRoot)
struct ResourceRenewalTests {
  private static let stack = """
    services:
      db:
        image: busybox
        init: true
        command: ["sh", "-c", "[ -e /v/old ] && touch /v/seen; touch /v/old; sleep infinity"]
        volumes: ["data:/v"]
    volumes: { data: {}, spare: {} }
    networks: { lonely: {} }
    """
  private static let changed = stack.replacing("data: {},", with: "data: { labels: { a: b } },")

  private func with(_ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.stack)
      try box.up("up", "-d")
      #expect(eventually { (try? files(box))?.contains("old") == true })
      try box.compose(Self.changed)
      try body(box)
    }
  }

  private func files(_ box: Sandbox) throws -> [String] {
    try box.up("exec", "-T", "db", "ls", "/v").output.split(separator: "\n").map(String.init)
  }

  private func labels(_ box: Sandbox) throws -> String {
    try box.up("volume", "inspect", "stack_data").output
  }

  @Test(
    "a changed volume is made anew after a yes, beforehand or to the question",
    arguments: [(["up", "-d", "-y"], ""), (["up", "-d"], "y\n"), (["create", "-y"], "")])
  func yes(command: [String], input: String) throws {
    try with { box in
      let result = try box.roost(command, input: input)
      #expect(result.exitCode == 0, "\(result.text)")
      #expect(try labels(box).contains("\"a\""), "\(result.text)")
      try box.up("up", "-d")
      #expect(eventually { (try? files(box)) == ["old"] }, "the data is new")
      #expect(try box.up("ps", "--format", "{{.Name}}").output == "stack-db-1\n")
    }
  }

  @Test("without a yes it is kept, with its data, and a warning says so", arguments: ["", "n\n"])
  func no(input: String) throws {
    try with { box in
      let result = try box.roost(["up", "-d"], input: input)
      #expect(result.exitCode == 0, "\(result.text)")
      #expect(result.errors.contains("Recreate (data will be lost)?"), "\(result.text)")
      #expect(result.errors.contains("changed, but it is kept"), "\(result.text)")
      #expect(try !labels(box).contains("\"a\""))
      #expect(try files(box).contains("old"))
    }
  }

  @Test("a dry run asks nothing and tells what -y would do")
  func dryRun() throws {
    try with { box in
      let plain = try box.up("--dry-run", "up", "-d")
      #expect(!plain.text.contains("data will be lost"), "\(plain.text)")
      let result = try box.up("--dry-run", "up", "-d", "-y")
      #expect(result.output.contains("remove volume"), "\(result.text)")
      #expect(try files(box).contains("old"))
    }
  }

  @Test("--all-resources makes what no service uses, also beside containers that run")
  func allResources() throws {
    try with { box in
      try box.compose(Self.stack)
      let before = try box.container("db")["ID"]
      let names = { try box.up("volume", "ls", "-q").output + box.up("network", "ls").output }
      #expect(try !names().contains("stack_spare") && !names().contains("stack_lonely"))
      try box.up("--all-resources", "up", "-d")
      #expect(try names().contains("stack_spare") && names().contains("stack_lonely"))
      #expect(try box.container("db")["ID"] == before)
    }
  }
}
