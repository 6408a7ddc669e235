import Linux
import TestSupport
import Testing

/// A sample of the sweep in Tests/Sweep; `make chaos` walks the whole of it.
@Suite("Chaos", .timeLimit(.standard), .needsRoot)
struct ChaosTests {
  /// How long cases are begun, in seconds.
  private static let length = 75
  /// Those in which the most was found.
  private static let scenarios =
    "^(up|recreate|down|build|commit|disconnect|shim's start|shim at rotation|supervisor at up)$"

  @Test(
    "whichever call kills a process or fails, the next command works and nothing is left",
    .needs("strace", "python3", "busybox", "ip", "nft", "unshare"))
  func sample() throws {
    let sweep = Files.parent(of: Files.parent(of: #filePath)) + "/Sweep/run.py"
    let programs = Files.parent(of: Sandbox.binary("roost"))
    let run = try CommandRun(
      [
        "python3", sweep, "--roost", programs, "--seconds", "\(Self.length)", "--scenario",
        Self.scenarios,
      ]
    ).wait(minutes: 8)
    // How many kills and checks there were.
    print(run.output)
    #expect(run.exitCode == 0, "\(run.text)")
  }
}
