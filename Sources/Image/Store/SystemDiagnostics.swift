import Linux
import Model

extension Diagnostic {
  /// A failed system call as a message: what was being done, the reason, and what helps.
  init(_ error: SyscallError, while action: String) {
    let place = error.path.map { " (\($0))" } ?? ""
    self.init(.error, "cannot \(action): \(error.reason)\(place)", hint: error.hint)
  }
}

/// Runs `body` and turns a failed system call into a message.
func diagnosing<Result>(
  _ action: @autoclosure () -> String, _ body: () throws(SyscallError) -> Result
) throws(Diagnostic) -> Result {
  do throws(SyscallError) { return try body() } catch { throw Diagnostic(error, while: action()) }
}
