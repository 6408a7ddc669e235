import Glibc
import Linux
import Model
import State

/// The process that stays while a project runs: restart policies, healthchecks, names, held ports.
///
/// It is crash-only: all it knows is on disk, so it may be killed at any instant and a new one
/// goes on from there. It has one thread, since answering names means to move through namespaces.
package enum Supervisor {
  /// Runs the supervisor of a project and returns its exit code.
  ///
  /// - Parameter arguments: the root, the run root and the project's name.
  package static func main(_ arguments: [String]) -> Int32 {
    guard arguments.count == 3 else {
      complain("usage: roost __supervise ROOT RUN-ROOT PROJECT")
      return 2
    }
    let engine = Engine(
      layout: Layout(root: arguments[0], runRoot: arguments[1]),
      executables: .current)
    do {
      guard let lock = try takeLock(engine.layout, project: arguments[2]) else { return 0 }
      defer { lock.release() }
      try SupervisorProcess(engine, project: arguments[2]).run()
      return 0
    } catch {
      for diagnostic in error.diagnostics { complain(diagnostic.rendered()) }
      return 1
    }
  }

  /// How long a supervisor that is ending may keep the lock.
  private static let lockMilliseconds = 3000

  /// The lock of the one supervisor; nil when there is one already.
  private static func takeLock(
    _ layout: Layout, project: String
  ) throws(EngineError) -> FileLock? {
    let path = layout.supervisorLock(project)
    return try explaining("lock the supervisor of project \(project)") {
      () throws(SyscallError) -> FileLock? in
      try Files.makeDirectories(layout.projectRun(project), mode: 0o710)
      if let lock = try FileLock.tryAcquire(path) { return lock }
      // Many shims may start one at the same time: all but the first go at once.
      let other = ProcessIdentity.read(layout.supervisorPID(project))
      if other?.isAlive == true { return nil }
      do throws(SyscallError) {
        return try FileLock.acquire(path, timeoutMilliseconds: lockMilliseconds)
      } catch {
        guard error.errno == EWOULDBLOCK else { throw error }
        return nil
      }
    }
  }

  /// Writes to standard error, which is the supervisor's log.
  static func complain(_ text: String) {
    try? Descriptors.writeAll(2, Array("\(Clock.now().rfc3339) \(text)\n".utf8))
  }
}
