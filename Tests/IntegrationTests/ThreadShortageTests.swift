import TestSupport
import Testing

/// The kernel refuses every thread, as it does where too many processes are.
@Suite("No threads", .timeLimit(.standard), .needsRoot, .needs("strace"), .serialized)
struct ThreadShortageTests {
  // Processes are made with clone(2), threads with clone3(2).
  private static let refusing = [
    "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=clone3", "-e",
    "inject=clone3:error=EAGAIN",
  ]

  @Test(
    "a command that needs one says so and ends",
    arguments: [["image", "build", "."], ["image", "pull", "127.0.0.1:1/none"]])
  func ends(words: [String]) throws {
    try Sandbox.with { box in
      try box.write("Dockerfile", "FROM scratch\nCOPY file /file\n")
      try box.write("file", "text")
      let result = try box.inside(Self.refusing + box.program + words)
      #expect(result.exitCode == 1, "\(result.text)")
      #expect(result.errors.contains("pthread_create"), "\(result.text)")
      #expect(try box.roost(["image", "ls", "-q"]).output == "")
    }
  }

  @Test("what can be done on one thread is")
  func goesOn() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose("services: { web: { image: busybox, command: [sleep, '1000'] } }")
      let result = try box.inside(Self.refusing + box.program + ["ps"])
      #expect(result.exitCode == 0, "\(result.text)")
    }
  }
}
