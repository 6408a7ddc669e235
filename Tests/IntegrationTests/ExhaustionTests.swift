import Linux
import TestSupport
import Testing

/// A sample of the matrix in Tests/Sweep; `make exhaust` walks the whole of it.
@Suite("Exhaustion", .timeLimit(.standard), .needsRoot)
struct ExhaustionTests {
  /// How long cases are begun, in seconds.
  private static let length = 75

  @Test(
    "whatever runs out is named, nothing is lost, and all goes on when there is room",
    .needs("python3", "busybox", "ip", "nft", "unshare", "prlimit"))
  func sample() throws {
    let matrix = Files.parent(of: Files.parent(of: #filePath)) + "/Sweep/exhaust.py"
    let programs = Files.parent(of: Sandbox.binary("roost"))
    let run = try CommandRun(
      [
        "python3", matrix, "--roost", programs, "--seconds", "\(Self.length)", "--points", "3",
      ]
    ).wait(minutes: 8)
    print(run.output)
    #expect(run.exitCode == 0, "\(run.text)")
  }
}
