import Glibc
import Linux
import Model
import TestSupport
import Testing

@Suite("Services that programs make", .timeLimit(.standard), .needsRoot, .serialized)
struct ProviderTests {
  private static let file = """
    name: shop
    services:
      db:
        provider:
          type: dbmaker
          options: { size: [1, 2], kind: "${KIND:-small}" }
      web:
        image: busybox
        network_mode: none
        depends_on: [db]
        init: true
        command: [sleep, infinity]
    """

  /// A program that notes how it was called.
  private func install(_ box: Sandbox, _ answer: String, code: Int = 0) throws {
    try box.write(
      "bin/dbmaker",
      """
      #!/bin/sh
      [ "$2" = metadata ] && exit 1
      echo "$@" >> \(box.project)/calls
      cat <<'EOF'
      \(answer)
      EOF
      exit \(code)
      """, mode: 0o755)
  }

  private func roost(_ box: Sandbox, _ words: String...) throws -> Sandbox.Result {
    try box.roost(words, environment: ["PATH=\(box.project)/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
  }

  private func calls(_ box: Sandbox) throws -> [String] {
    let text = try Files.readText("\(box.project)/calls")
    try Files.removeIfPresent("\(box.project)/calls")
    return text.split(separator: "\n").map(String.init)
  }

  @Test("the program is called, and dependents have its variables; others make a new container")
  func variables() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.file)
      try install(
        box,
        """
        {"type":"info","message":"making it"}
        {"type":"setenv","message":"URL=db://1?a=b"}
        {"type":"rawsetenv","message":"PLAIN=x"}
        """)
      let first = try roost(box, "up", "-d")
      #expect(first.exitCode == 0 && first.text.contains("making it"), "\(first.text)")
      let call = "compose --project-name=shop up --size=1 --size=2 --kind=small db"
      #expect(try calls(box) == [call])
      let seen = try box.up("exec", "-T", "web", "env").output
      #expect(seen.contains("DB_URL=db://1?a=b\n") && seen.contains("PLAIN=x\n"))
      let id = try box.container("web")["ID"]?.stringValue
      #expect(try roost(box, "up", "-d").exitCode == 0)
      let later = try box.container("web")["ID"]?.stringValue
      #expect(later == id, "nothing changed")
      try install(box, #"{"type":"setenv","message":"URL=other"}"#)
      #expect(try roost(box, "up", "-d").exitCode == 0)
      #expect(try box.up("exec", "-T", "web", "env").output.contains("DB_URL=other\n"))
      _ = try calls(box)
      let down = try roost(box, "down", "-t", "0")
      #expect(down.exitCode == 0, "\(down.text)")
      #expect(
        try calls(box) == ["compose --project-name=shop down --size=1 --size=2 --kind=small db"])
    }
  }

  @Test(
    "what fails is told by the service and its line, and nothing is made",
    arguments: [
      (#"{"type":"error","message":"no room"}"#, 0, "no room"), ("nonsense", 0, "not a message"),
      (#"{"type":"setenv","message":"x"}"#, 0, "sets no variable"),
      (#"{"type":"info","message":"x"}"#, 3, "exit code 3"),
    ])
  func failures(answer: String, code: Int, message: String) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.file)
      try install(box, answer, code: code)
      let result = try roost(box, "up", "-d")
      #expect(result.exitCode != 0 && result.errors.contains(message), "\(result.text)")
      #expect(result.errors.contains("compose.yaml:4"))
      #expect(try box.up("ps", "-aq").output.isEmpty)
      try Files.removeIfPresent("\(box.project)/bin/dbmaker")
      #expect(try roost(box, "up", "-d").errors.contains("there is no program dbmaker"))
      // What is taken down by name knows of no program.
      try Files.removeIfPresent("\(box.project)/compose.yaml")
    }
  }
}
