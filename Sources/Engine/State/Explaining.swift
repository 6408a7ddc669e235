import Linux
import Model

extension EngineError {
  /// A failed system call as a message: what was being done, why it failed, and what helps.
  init(_ error: SyscallError, doing what: String, exitCode: Int32 = 1) {
    self.init("cannot \(what): \(error)", hint: Self.hint(for: error.errno), exitCode: exitCode)
  }

  private static func hint(for errno: Int32) -> String? {
    switch errno {
    case 1, 13: "roost needs root, and a file system that lets it write: try again with sudo"
    case 28, 122: "the disk is full: make room and run the command again"
    case 30: "the file system is read-only: choose another place with --root"
    default: nil
    }
  }
}

/// Runs `body` and turns a failed system call into a message.
func explaining<Result>(
  _ what: @autoclosure () -> String, _ body: () throws(SyscallError) -> Result
) throws(EngineError) -> Result {
  do { return try body() } catch { throw EngineError(error, doing: what()) }
}
