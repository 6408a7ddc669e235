import Linux
import Model
import State
import TestSupport
import Testing

@testable import Engine

@Suite("The lock of a project", .timeLimit(.standard))
struct ProjectLockTests {
  private let files: TemporaryDirectory
  private let told = RecordedEvents()
  private let interruption = Interruption()
  private let engine: Engine

  init() throws {
    files = try TemporaryDirectory()
    engine = Engine(
      layout: files.layout, executables: Executables(directory: files.path), progress: told,
      interruption: interruption)
  }

  /// Takes the lock on a thread of its own; the result is true once it had it.
  private func takeInBackground() throws -> ConditionLock<Bool?> {
    let outcome = ConditionLock<Bool?>(nil)
    try WorkerThread.detach { [engine] in
      var isTaken = false
      do {
        try ProjectLock.acquire(engine, project: "p").release()
        isTaken = true
      } catch {}
      outcome.with { $0 = isTaken }
    }
    return outcome
  }

  @Test("who comes second is told of the first one, and has the lock once that is done")
  func second() throws {
    let first = try ProjectLock.acquire(engine, project: "p")
    let outcome = try takeInBackground()
    #expect(eventually { told.warnings.first?.contains("is being changed by") == true })
    #expect(outcome.with { $0 } == nil)
    first.release()
    #expect(outcome.wait { $0 })
  }

  @Test("who is interrupted waits no longer, and does not take the lock afterwards")
  func interrupted() throws {
    let first = try ProjectLock.acquire(engine, project: "p")
    let outcome = try takeInBackground()
    #expect(eventually { !told.warnings.isEmpty })
    interruption.interrupt()
    #expect(outcome.wait { $0 } == false)
    first.release()
    #expect(
      eventually {
        guard let lock = ProjectLock.tryAcquire(engine.layout, project: "p") else { return false }
        lock.release()
        return true
      })
  }
}
