import Synchronization

/// Ends a transfer early, from any thread.
package final class TransferCancellation: Sendable {
  private struct State {
    var isCancelled = false
    var handlers: [Int: @Sendable () -> Void] = [:]
    var next = 0
  }
  private let state = Mutex(State())

  /// Makes one that is not cancelled.
  package init() {}

  /// True once `cancel` was called.
  package var isCancelled: Bool { state.withLock { $0.isCancelled } }

  /// Ends what runs and what would run later.
  package func cancel() {
    let handlers = state.withLock { state in
      state.isCancelled = true
      defer { state.handlers = [:] }
      return Array(state.handlers.values)
    }
    for handler in handlers { handler() }
  }

  /// Calls `handler` when it is cancelled, at once if it was; returns how to take that back.
  func onCancel(_ handler: @escaping @Sendable () -> Void) -> Int {
    let key: Int? = state.withLock { state in
      if state.isCancelled { return nil }
      state.next += 1
      state.handlers[state.next] = handler
      return state.next
    }
    if key == nil { handler() }
    return key ?? 0
  }

  func forget(_ key: Int) { state.withLock { $0.handlers[key] = nil } }
}
