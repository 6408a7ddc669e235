import Glibc

/// Ends a build early, from any thread or from a signal's handler thread.
package final class BuildCancellation: @unchecked Sendable {
  private var mutex = pthread_mutex_t()
  private var cancelled = false
  private var handlers: [Int: @Sendable () -> Void] = [:]
  private var nextHandler = 0

  /// Makes one that is not cancelled.
  package init() { pthread_mutex_init(&mutex, nil) }

  deinit { pthread_mutex_destroy(&mutex) }

  private func locked<Value>(_ body: () -> Value) -> Value {
    pthread_mutex_lock(&mutex)
    defer { pthread_mutex_unlock(&mutex) }
    return body()
  }

  /// True once `cancel` was called.
  package var isCancelled: Bool { locked { cancelled } }

  /// Cancels: runs every handler once.
  package func cancel() {
    let pending = locked {
      cancelled = true
      defer { handlers = [:] }
      return Array(handlers.values)
    }
    for handler in pending { handler() }
  }

  /// Runs `body`; a cancellation meanwhile, or one before, calls `handler`.
  package func handling<Result, Failure: Error>(
    _ handler: @escaping @Sendable () -> Void, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let key: Int? = locked {
      if cancelled { return nil }
      nextHandler += 1
      handlers[nextHandler] = handler
      return nextHandler
    }
    if key == nil { handler() }
    defer { locked { if let key { handlers[key] = nil } } }
    return try body()
  }
}
