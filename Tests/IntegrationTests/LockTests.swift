import Linux
import Model
import TestSupport
import Testing

/// `roost lock`, `roost outdated` and what every command does with `roost.lock`.
@Suite("The lock file", .timeLimit(.standard), .needsRoot, .serialized, .needs("docker-registry"))
struct LockTests {
  private static let image = "\(Sandbox.registry)/team/web:1"

  /// Pushes an image whose only file says which one it is.
  private func push(_ box: Sandbox, _ word: String) throws {
    try box.write("image/Dockerfile", "FROM busybox\nRUN echo \(word) > /word\n")
    try box.up("image", "build", "-t", Self.image, "image")
    try box.up("image", "push", Self.image)
    try box.up("image", "rm", Self.image)
  }

  private func with(_ body: (Sandbox) throws -> Void) throws {
    try Sandbox.withRegistry { box in
      try box.importBusybox()
      try push(box, "first")
      try box.compose(
        """
        services:
          web: { image: "\(Self.image)", init: true, command: [sleep, infinity] }
          own: { image: own, build: image, scale: 0 }
        """)
      try body(box)
    }
  }

  private func word(_ box: Sandbox) throws -> String {
    try box.up("up", "-d", "web")
    return try box.up("exec", "-T", "web", "cat", "/word").output.filter { $0 != "\n" }
  }

  @Test("up keeps to the digests of the file, also when the name stands for another image")
  func locked() throws {
    try with { box in
      let missing = try box.roost(["up", "-d", "--locked", "web"])
      #expect(missing.exitCode == 15 && missing.errors.contains("compose.yaml:2:"))
      #expect(missing.errors.contains("is not in roost.lock"), "\(missing.text)")
      let shown = try box.up("--dry-run", "lock")
      #expect(!Files.exists("\(box.project)/roost.lock"), "\(shown.text)")
      try box.up("lock")
      #expect(try word(box) == "first")
      #expect(try box.up("outdated", "--exit-code").output.split(separator: "\n").count == 1)
      try push(box, "second")
      let outdated = try box.roost(["outdated", "--exit-code"])
      #expect(outdated.exitCode == 1 && outdated.output.contains("newer, locked"))
      try box.up("down")
      try box.up("image", "prune", "-af")
      #expect(try word(box) == "first")
      try box.up("up", "-d", "--locked", "web")
      try box.up("--locked", "pull", "--ignore-buildable")
      try box.up("lock", "web")
      #expect(try word(box) == "second")
      #expect(try box.up("ps", "-q").output.split(separator: "\n").count == 1)
      #expect(try box.up("config", "--images").output.contains("@sha256:"))
    }
  }

  @Test("outdated compares with what was pulled, where nothing is locked")
  func outdated() throws {
    try with { box in
      let before = try box.up("outdated", "--format", "json")
      #expect(try JSON.parse(before.output)["Used"] == "not pulled", "\(before.text)")
      #expect(try word(box) == "first")
      #expect(try box.up("outdated", "-q").output == "")
      let all = try box.up("outdated", "-a", "--format", "{{.Status}} {{.Services}}")
      #expect(all.output == "current web\n", "\(all.text)")
      try push(box, "second")
      #expect(try box.up("outdated", "-q").output == "\(Self.image)\n")
    }
  }

  @Test("a registry that is not there is said, and nothing is written")
  func unreachable() throws {
    try with { box in
      try box.compose("services: { a: { image: \"127.0.0.1:1/x:1\" } }")
      let result = try box.roost(["lock"])
      #expect(result.exitCode == 18, "\(result.text)")
      #expect(!Files.exists("\(box.project)/roost.lock"))
      let unknown = try box.roost(["lock", "nosuch"])
      #expect(unknown.exitCode != 0 && unknown.errors.contains("nosuch"), "\(unknown.text)")
    }
  }
}
