import Synchronization

/// A value that threads use one at a time.
final class Guarded<Value: ~Copyable>: Sendable {
  private let value: Mutex<Value>

  init(_ value: consuming sending Value) { self.value = Mutex(value) }

  /// Runs `body` with the value while nobody else has it.
  func use<Result: Sendable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try value.withLock { (value) throws(Failure) in try body(&value) }
  }
}
