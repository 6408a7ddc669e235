import Glibc
import Linux
import Model
import State
import Synchronization

/// Held by a verb while it changes a project, so that two never do at once.
struct ProjectLock: ~Copyable {
  private let file: FileLock

  /// Takes the lock. When another command has it, says who and waits, until the user interrupts.
  static func acquire(_ engine: Engine, project: String) throws(EngineError) -> ProjectLock {
    let path = engine.layout.projectLock(project)
    try ForeignMounts.refuse(project, engine.layout)
    try explaining("lock project \(project)") { () throws(SyscallError) in
      try Files.makeDirectories(engine.layout.locks, mode: 0o700)
    }
    if let file = try attempt(path, project) { return ProjectLock(file: file) }
    engine.progress.warn(waitMessage(path, project))
    let file = try explaining("lock project \(project)") { () throws(SyscallError) in
      try LockWait(path).wait(engine.interruption)
    }
    guard let file else { throw .interrupted }
    return ProjectLock(file: file)
  }

  /// Gives the lock back.
  consuming func release() { file.release() }

  /// Takes the lock if nobody has it.
  static func tryAcquire(_ layout: Layout, project: String) -> ProjectLock? {
    guard let file = try? FileLock.tryAcquire(layout.projectLock(project)) else { return nil }
    return ProjectLock(file: file)
  }

  private static func attempt(_ path: String, _ project: String) throws(EngineError) -> FileLock? {
    try explaining("lock project \(project)") { () throws(SyscallError) in
      try FileLock.tryAcquire(path)
    }
  }

  private static func waitMessage(_ path: String, _ project: String) -> Diagnostic {
    var holder = "another command"
    if let pid = FileLock.owner(path) {
      let words = ProcessTable.arguments(pid)
      let text = words.isEmpty ? "a command" : "`\(words.joined(separator: " "))`"
      holder = "\(text) (pid \(pid))"
    }
    let what = StandaloneProject.contains(project) ? "the container" : "project \(project)"
    return Diagnostic(
      .warning, "\(what) is being changed by \(holder); waiting until it is done")
  }
}

extension Engine {
  /// Keeps a container that is removed at its end from going before its exit code was read.
  func clientLock(of container: ObjectID) throws(EngineError) -> FileLock {
    try explaining("wait for the container's end") { () throws(SyscallError) in
      try FileLock.acquire(layout.container(container).clientLock)
    }
  }
}

/// Waits for a lock until the user interrupts. flock(2) does not end early and cannot be polled for:
/// a thread of its own waits in it.
private struct LockWait {
  private enum State {
    case waiting
    case over(Result<FileLock, SyscallError>)
    case abandoned
  }

  private final class Outcome: Sendable {
    let state = Mutex(State.waiting)
    let isOver = EventCounter()
  }

  private let outcome = Outcome()

  init(_ path: String) throws(SyscallError) {
    try WorkerThread.detach { [outcome] in
      let result: Result<FileLock, SyscallError>
      do throws(SyscallError) {
        result = .success(try FileLock.acquire(path, patienceMilliseconds: nil))
      } catch {
        result = .failure(error)
      }
      outcome.state.withLock { state in
        // What nobody wants any more is given back with `result`.
        if case .waiting = state { state = .over(result) }
      }
      outcome.isOver.add()
    }
  }

  /// The lock; nil when the user interrupted first.
  func wait(_ interruption: Interruption) throws(SyscallError) -> FileLock? {
    var entries = [interruption.descriptor, outcome.isOver.descriptor].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    try Descriptors.poll(&entries, timeoutMilliseconds: nil)
    let state = outcome.state.withLock { state in
      defer { state = .abandoned }
      return state
    }
    guard case .over(let result) = state, !interruption.isInterrupted else { return nil }
    return try result.get()
  }
}
