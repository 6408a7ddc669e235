import Glibc
import Linux
import Model

extension Diagnostic {
  /// A failed system call as a message: what was being done, the reason, and what helps.
  init(_ error: SyscallError, while action: String) {
    let place = error.path.map { " (\($0))" } ?? ""
    self.init(.error, "cannot \(action): \(error.reason)\(place)", hint: Self.hint(error.errno))
  }

  private static func hint(_ errno: Int32) -> String? {
    switch errno {
    case ENOSPC, EDQUOT:
      "free space there, for example with 'roost image prune', or move the store with --root"
    case EACCES, EPERM: "roost needs to run as root"
    case EROFS: "the file system is mounted read-only; choose another place with --root"
    case EMFILE, ENFILE: "too many files are open; raise the limit with 'ulimit -n'"
    default: nil
    }
  }
}

/// Runs `body` and turns a failed system call into a message.
func diagnosing<Result>(
  _ action: @autoclosure () -> String, _ body: () throws(SyscallError) -> Result
) throws(Diagnostic) -> Result {
  do throws(SyscallError) { return try body() } catch { throw Diagnostic(error, while: action()) }
}
