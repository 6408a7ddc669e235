import Glibc
import Linux
import Model
import TestSupport
import Testing

/// Whoever waits for a container learns how it ended, also when it is gone by then.
@Suite("Containers removed while somebody waits", .timeLimit(.standard), .needsRoot)
struct RemovedMeanwhileTests {
  private static let stack = """
    services:
      job:
        image: busybox
        command: ["sh", "-c", "trap 'exit 7' TERM; touch /ready/now; while :; do sleep 0.1; done"]
        volumes: ["./ready:/ready"]
    """

  private func with(_ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try Files.makeDirectories("\(box.project)/ready")
      try box.compose(Self.stack)
      try body(box)
    }
  }

  /// True once a program stands in poll(2) or ppoll(2), or a command that shows logs has begun with
  /// these. Source: proc_pid_syscall(5).
  private func isWaiting(_ run: CommandRun) -> Bool {
    let call = (try? Files.readText("/proc/\(run.pid)/syscall"))?.split(separator: " ").first
    return ["7", "271", "73"].contains(call) || run.output.contains("Attaching to")
  }

  @Test(
    "the code is the one that it ended with, though it was removed before anybody could look",
    arguments: [
      ["wait", "job"], ["container", "wait", "stack-job-1"], ["up", "--exit-code-from", "job"],
    ], [["down"], ["rm", "-sf"], ["container", "rm", "-f", "stack-job-1"]])
  func removed(waiting: [String], removal: [String]) throws {
    try with { box in
      let isAttached = waiting[0] == "up"
      if !isAttached { try box.up("up", "-d") }
      let run = try box.start(waiting)
      #expect(eventually { Files.exists("\(box.project)/ready/now") && isWaiting(run) })
      // A command that needs the project's lock waits until an `up` has let go of it.
      try box.up("kill", "-s", "WINCH", "job")
      // It sees nothing of what happens until all is over.
      run.signal(SIGSTOP)
      try box.up("kill", "-s", "TERM", "job")
      #expect(
        eventually { (try? box.container("job"))?["State"] == "exited" }, "it ends by itself")
      let removed = try box.roost(removal)
      #expect(removed.exitCode == 0, "\(removed.text)")
      run.signal(SIGCONT)
      let result = try run.wait()
      #expect(result.exitCode == (waiting[0] == "container" ? 0 : 7), "\(result.text)")
      #expect(result.output.contains("7"), "\(result.text)")
    }
  }
}
