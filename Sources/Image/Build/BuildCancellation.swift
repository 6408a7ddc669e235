import Model
import Synchronization

/// Ends a build early, from any thread or from a signal's handler thread.
package final class BuildCancellation: Sendable {
  private struct State {
    var isCancelled = false
    var handlers: [Int: @Sendable () -> Void] = [:]
    var nextHandler = 0
  }

  /// What a step says that stopped because of it.
  package static var error: Diagnostic { Diagnostic(.error, "the build was cancelled") }

  private let state = Mutex(State())

  /// Makes one that is not cancelled.
  package init() {}

  /// True once `cancel` was called.
  package var isCancelled: Bool { state.withLock { $0.isCancelled } }

  /// Cancels: runs every handler once.
  package func cancel() {
    let pending = state.withLock { state in
      state.isCancelled = true
      defer { state.handlers = [:] }
      return Array(state.handlers.values)
    }
    for handler in pending { handler() }
  }

  /// Runs `body`; a cancellation meanwhile, or one before, calls `handler`.
  package func handling<Result, Failure: Error>(
    _ handler: @escaping @Sendable () -> Void, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let key: Int? = state.withLock { state in
      if state.isCancelled { return nil }
      state.nextHandler += 1
      state.handlers[state.nextHandler] = handler
      return state.nextHandler
    }
    if key == nil { handler() }
    defer { if let key { state.withLock { $0.handlers[key] = nil } } }
    return try body()
  }
}
