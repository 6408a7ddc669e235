import Linux
import Synchronization

/// Ends what `roost-registry` does for us, from any thread.
package final class RegistryCancellation: Sendable {
  private struct State {
    var isCancelled = false
    var input: OwnedDescriptor?
  }
  private let state = Mutex(State())

  /// Makes one that is not cancelled.
  package init() {}

  /// True once `cancel` was called.
  package var isCancelled: Bool { state.withLock { $0.isCancelled } }

  /// Ends what runs and what would run later.
  package func cancel() {
    state.withLock { state in
      state.isCancelled = true
      state.input = nil
    }
  }

  /// Keeps the program's input open for as long as its work is wanted.
  func hold(_ input: OwnedDescriptor) {
    state.withLock { state in
      if !state.isCancelled { state.input = input }
    }
  }

  func forget() { state.withLock { $0.input = nil } }
}
