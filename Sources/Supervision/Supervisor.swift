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
  /// - Parameters:
  ///   - project: the project's name.
  ///   - shim: the path of the program that runs containers.
  package static func run(
    _ project: String, layout: Layout, shim: String, duties: any SupervisorDuties
  ) -> Int32 {
    do throws(SyscallError) {
      guard let lock = try takeLock(layout, project: project) else { return 0 }
      defer { lock.release() }
      let files = SupervisedProject(project, layout: layout, shim: shim)
      try SupervisorProcess(files, duties: duties).run()
      return 0
    } catch {
      complain("the supervisor of project \(project) gives up: \(error)")
      return 1
    }
  }

  /// How long a supervisor that is ending may keep the lock.
  private static let lockMilliseconds = 3000

  /// The lock of the one supervisor; nil when there is one already.
  private static func takeLock(
    _ layout: Layout, project: String
  ) throws(SyscallError) -> FileLock? {
    let path = layout.supervisorLock(project)
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

  /// Writes to standard error, which is the supervisor's log.
  package static func complain(_ text: String) {
    try? Descriptors.writeAll(2, Array("\(Clock.now().rfc3339) \(text)\n".utf8))
  }
}
