import Linux
import Model
import Synchronization

/// What became of the stages of a build, for the threads that build them.
final class StageResults: Sendable {
  private enum Progress {
    case running
    case done(StageState)
    case failed(Diagnostic)
  }

  private struct State {
    var progress: [Int: Progress] = [:]
    var failure: Diagnostic?
  }

  private let state = ConditionLock(State())

  /// Why the first stage that failed did.
  var firstFailure: Diagnostic? { state.with { $0.failure } }

  /// The result of a stage. Whoever asks first makes it, the others wait.
  ///
  /// A stage needs earlier ones only, so that nobody waits for himself.
  func result(
    of index: Int, make: () throws(Diagnostic) -> StageState
  ) throws(Diagnostic) -> StageState {
    if let known = claim(index) {
      switch known {
      case .done(let state): return state
      case .failed(let error): throw error
      case .running: break
      }
    }
    do throws(Diagnostic) {
      let state = try make()
      note(.done(state), of: index)
      return state
    } catch {
      note(.failed(error), of: index)
      throw error
    }
  }

  /// What is known when a stage is over; nil when it is the caller's to make.
  private func claim(_ index: Int) -> Progress? {
    state.wait { state -> Progress?? in
      switch state.progress[index] {
      case .running: return nil
      case nil:
        state.progress[index] = .running
        return .some(nil)
      case let known?: return .some(known)
      }
    }
  }

  private func note(_ result: Progress, of index: Int) {
    state.with { state in
      state.progress[index] = result
      if case .failed(let error) = result, state.failure == nil { state.failure = error }
    }
  }
}

/// Stages that wait for a thread, in their order.
final class StageQueue: Sendable {
  private let waiting: Mutex<[Int]>

  init(_ waiting: [Int]) { self.waiting = Mutex(waiting.reversed()) }

  /// The next stage; nil when there is none left.
  func next() -> Int? { waiting.withLock { $0.popLast() } }
}
