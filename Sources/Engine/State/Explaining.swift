import Linux
import Model
import State

extension EngineError {
  /// A failed system call as a message: what was being done, why it failed, and what helps.
  init(_ error: SyscallError, doing what: String, exitCode: Int32 = 1) {
    self.init("cannot \(what): \(error)", hint: error.hint, exitCode: exitCode)
  }

  /// A record or message that cannot be used.
  init(_ error: RecordError) {
    let hint: String? =
      switch error.cause {
      // The sentence says what to do.
      case .newer: nil
      case .malformed:
        "roost never writes it so: if a person changed it, undo that; else move the file away"
      case .unreadable(let failure): failure.hint
      }
    self.init(error.description, hint: hint)
  }
}

/// Runs `body` and turns a failed system call into a message.
func explaining<Result>(
  _ what: @autoclosure () -> String, _ body: () throws(SyscallError) -> Result
) throws(EngineError) -> Result {
  do { return try Trace.timed(.step, what(), body) } catch {
    throw EngineError(error, doing: what())
  }
}

/// Runs `body`, which reads records, and turns a record that cannot be used into a message.
func readingRecords<Result>(
  _ body: () throws(RecordError) -> Result
) throws(EngineError) -> Result {
  do { return try body() } catch { throw EngineError(error) }
}
