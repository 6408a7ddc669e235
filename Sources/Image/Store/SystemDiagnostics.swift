import Linux
import Model

extension Diagnostic {
  /// A failed system call as a message: what was being done, the reason, and what helps.
  ///
  /// - Parameter shortage: what another process found had run out when the call failed.
  init(_ error: SyscallError, while action: String, shortage: String? = nil) {
    let place = error.path.map { " (\($0))" } ?? ""
    self.init(.error, "cannot \(action): \(error.reason)\(place)", hint: shortage ?? error.hint)
  }
}

/// Runs `body` and turns a failed system call into a message.
func diagnosing<Result>(
  _ action: @autoclosure () -> String, _ body: () throws(SyscallError) -> Result
) throws(Diagnostic) -> Result {
  do throws(SyscallError) { return try body() } catch { throw Diagnostic(error, while: action()) }
}
