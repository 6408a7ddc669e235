import Glibc
import Synchronization

/// A result that one thread waits for and a task delivers.
///
/// Unchecked: the semaphore is the system's, made for several threads, and its place is fixed.
final class Completion<Value: Sendable>: @unchecked Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init() { sem_init(semaphore, 0, 0) }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  /// Delivers the result; to be called once.
  func deliver(_ result: Result<Value, any Error>) {
    self.result.withLock { $0 = result }
    sem_post(semaphore)
  }

  /// Waits for the result; to be called once.
  func wait() throws -> Value {
    while true {
      if sem_wait(semaphore) == 0, let result = result.withLock({ $0 }) { return try result.get() }
    }
  }
}
