import TestSupport
import Testing

/// The kernel refuses every thread, as it does where too many processes are.
@Suite("No threads", .timeLimit(.standard), .needsRoot, .needs("strace"), .serialized)
struct ThreadShortageTests {
  // Processes are made with clone(2), threads with clone3(2).
  private static func refusing(from first: Int) -> [String] {
    [
      "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=clone3", "-e",
      "inject=clone3:error=EAGAIN:when=\(first)+",
    ]
  }

  @Test(
    "a command that needs one says so and ends",
    arguments: [["image", "build", "."], ["image", "pull", "127.0.0.1:1/none"]])
  func ends(words: [String]) throws {
    try Sandbox.with { box in
      try box.write("Dockerfile", "FROM scratch\nCOPY file /file\n")
      try box.write("file", "text")
      let result = try box.inside(Self.refusing(from: 1) + box.program + words)
      #expect(result.exitCode == 1, "\(result.text)")
      #expect(result.errors.contains("pthread_create"), "\(result.text)")
      #expect(try box.roost(["image", "ls", "-q"]).output == "")
    }
  }

  @Test("a transfer that gets only some of its threads ends as well", arguments: 2...4)
  func some(first: Int) throws {
    try Sandbox.with { box in
      let words = ["image", "pull", "127.0.0.1:1/none"]
      let result = try box.inside(Self.refusing(from: first) + box.program + words)
      #expect(result.exitCode == 1 && result.errors.contains("pthread_create"), "\(result.text)")
    }
  }

  @Test("what can be done on one thread is")
  func goesOn() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose("services: { web: { image: busybox, command: [sleep, '1000'] } }")
      let result = try box.inside(Self.refusing(from: 1) + box.program + ["ps"])
      #expect(result.exitCode == 0, "\(result.text)")
    }
  }
}
