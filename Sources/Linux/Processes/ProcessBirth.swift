import Glibc

/// Keeps processes from being made while something is open that none may get a copy of.
///
/// A new process holds all that we have open until it has closed it, while our other threads go on.
/// For a port that is only tried that is too long: to whoever wants it then it is taken.
package enum ProcessBirth {
  // Allocated, since the C library needs it to stay at one address.
  nonisolated(unsafe) private static let lock = {
    let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)
    pthread_rwlock_init(lock, nil)
    return lock
  }()

  /// Runs `body`, which makes a process; when it returns, the process has closed what it must not
  /// have.
  static func during<Result>(_ body: () -> Result) -> Result {
    pthread_rwlock_rdlock(lock)
    defer { pthread_rwlock_unlock(lock) }
    return body()
  }

  /// Runs `body` while no process is made, nor before that of another thread has closed what it must
  /// not have. For what is short and makes no process itself.
  package static func excluded<Value, Failure: Error>(
    _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    pthread_rwlock_wrlock(lock)
    defer { pthread_rwlock_unlock(lock) }
    return try body()
  }
}
