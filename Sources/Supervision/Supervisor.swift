import Glibc
import Linux
import Model
import State
import Synchronization

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
    layout.nameInMessages()
    TraceRequest.startIfAsked(process: processName(project))
    if layout.debugSwitch(project).isOn {
      TraceLog.start(process: processName(project), path: layout.debugLog)
    }
    do throws(SyscallError) {
      guard let lock = try takeLock(layout, project: project) else { return 0 }
      defer { lock.release() }
      openLog(layout.supervisorLog(project))
      let files = SupervisedProject(project, layout: layout, shim: shim)
      if let refusal = refusal(of: files) {
        complain("the supervisor of project \(project) gives up: \(refusal)")
        // Its shims would only bring it back to the same files.
        try Files.write(layout.supervisorDesired(project), Array("down".utf8), mode: 0o600)
        return 1
      }
      try SupervisorProcess(files, duties: duties).run()
      return 0
    } catch {
      complain("the supervisor of project \(project) gives up: \(error.explanation)")
      return 1
    }
  }

  /// Why the project's records cannot be used: mostly because a newer roost wrote one of them.
  private static func refusal(of files: SupervisedProject) -> RecordError? {
    do {
      _ = try files.containers.containers(of: files.name)
      return nil
    } catch {
      return error
    }
  }

  /// How long a supervisor that is ending may keep the lock.
  private static let lockMilliseconds = 3000

  /// The lock of the one supervisor; nil when there is one already.
  private static func takeLock(
    _ layout: Layout, project: String
  ) throws(SyscallError) -> FileLock? {
    let path = layout.supervisorLock(project)
    try Files.makeDirectories(layout.projectRun(project), mode: 0o700)
    if let lock = try FileLock.tryAcquire(path) { return lock }
    // Many shims may start one at the same time: all but the first go at once.
    let other = ProcessIdentity.readIfUsable(layout.supervisorPID(project))
    if other?.isAlive == true { return nil }
    do throws(SyscallError) {
      return try FileLock.acquire(path, patienceMilliseconds: lockMilliseconds)
    } catch {
      guard error.errno == ETIMEDOUT else { throw error }
      return nil
    }
  }

  /// What a supervisor is called in a trace.
  static func processName(_ project: String) -> String { "supervisor \(project)" }

  private static let log = Mutex<BoundedLog?>(nil)

  /// Whoever started us, what is written to standard error ends up in the log from here on, and a
  /// last word of the language's runtime too.
  private static func openLog(_ path: String) {
    log.withLock { $0 = BoundedLog(path, limit: SupervisorLog.limit, asDescriptor: 2) }
    complain("supervisor starts, process \(getpid())")
  }

  /// Writes to the supervisor's log.
  package static func complain(_ text: String) {
    Trace.write(.step, text)
    let line = SupervisorLog.line(text)
    let isWritten = log.withLock { log in log.map { $0.append(line) } ?? false }
    if !isWritten { try? Descriptors.writeAll(2, line) }
  }
}
