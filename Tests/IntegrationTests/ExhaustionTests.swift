import Glibc
import Linux
import State
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

  @Test(
    "a probe that cannot be started for want of descriptors is said to be that, until there are some",
    .needs("prlimit"))
  func probes() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web:
            image: busybox
            command: [sleep, infinity]
            init: true
            healthcheck: { test: [CMD, "true"], interval: 100ms, retries: 2 }
        """)
      try box.up("up", "-d", "--wait")
      let supervisor = try #require(try box.processes(named: "__supervise").first)
      // Enough to write down how it went, and too few for a probe.
      let open = Set(try Files.list("/proc/\(supervisor)/fd").compactMap { Int($0) })
      let free = (0..<1000).filter { !open.contains($0) }[2]
      let before = try Privileges.limit(Int32(RLIMIT_NOFILE.rawValue)).hard
      try limit(supervisor, to: free, of: before)
      func health(_ part: String) throws -> String {
        try box.up("container", "inspect", "-f", "{{\(part)}}", "stack-web-1").output
      }
      #expect(try eventually { try health(".State.Health.Status") == "unhealthy\n" })
      let log = try health("json .State.Health.Log")
      #expect(log.contains("the probe could not be started: "), "\(log)")
      #expect(log.contains("the limit of \(free) open files"), "\(log)")
      #expect(log.contains("\"ExitCode\":-1"), "\(log)")
      let waited = try box.roost(["up", "-d", "--wait"])
      #expect(waited.exitCode == 1 && waited.errors.contains("open files"), "\(waited.text)")
      try limit(supervisor, to: Int(before), of: before)
      #expect(try eventually { try health(".State.Health.Status") == "healthy\n" })
      let said = try Files.readText(box.layout.supervisorLog("stack"))
      #expect(said.contains("cannot probe stack-web-1: "), "\(said)")
      #expect(said.contains("stack-web-1 is probed again"), "\(said)")
    }
  }

  private func limit(_ pid: Int32, to count: Int, of most: UInt64) throws {
    let words = ["prlimit", "--pid", "\(pid)", "--nofile=\(count):\(most)"]
    let run = try CommandRun(words).wait(minutes: 1)
    #expect(run.exitCode == 0, "\(run.text)")
  }
}
