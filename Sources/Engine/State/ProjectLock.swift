import Glibc
import Linux
import Model
import State

/// Held by a verb while it changes a project, so that two never do at once.
struct ProjectLock: ~Copyable {
  private let file: FileLock

  private static let pollMilliseconds = 200

  /// Takes the lock. When another command has it, says who and waits, until the user interrupts.
  static func acquire(_ engine: Engine, project: String) throws(EngineError) -> ProjectLock {
    let path = engine.layout.projectLock(project)
    try explaining("lock project \(project)") { () throws(SyscallError) in
      try Files.makeDirectories(engine.layout.locks, mode: 0o710)
    }
    if let file = try attempt(path, project) { return ProjectLock(file: file) }
    engine.progress.warn(waitMessage(path, project))
    while true {
      if engine.interruption.isInterrupted { throw .interrupted }
      do throws(SyscallError) {
        let file = try FileLock.acquire(path, timeoutMilliseconds: pollMilliseconds)
        return ProjectLock(file: file)
      } catch {
        guard error.errno != EWOULDBLOCK else { continue }
        throw EngineError(error, doing: "lock project \(project)")
      }
    }
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
