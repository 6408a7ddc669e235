import Linux
import Model

extension EngineError {
  /// A failed system call as a message: what was being done, why it failed, and what helps.
  init(_ error: SyscallError, doing what: String, exitCode: Int32 = 1) {
    self.init("cannot \(what): \(error)", hint: error.hint, exitCode: exitCode)
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
