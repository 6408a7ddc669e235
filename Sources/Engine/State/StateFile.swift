import Linux
import Model

/// Files of state: JSON, replaced whole, so that a reader sees the old or the new content.
enum StateFile {
  /// The JSON in a file; nil when there is none, or when a crash of the machine left it torn.
  static func read(_ path: String) -> JSON? {
    guard let bytes = try? Files.read(path) else { return nil }
    return try? JSON.parse(bytes)
  }

  /// Replaces a file.
  static func write(_ path: String, _ json: JSON) throws(EngineError) {
    do { try Files.writeAtomically(path, json.utf8(), mode: 0o600) } catch {
      throw EngineError(error, doing: "write the state")
    }
  }
}

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
  do { return try body() } catch { throw EngineError(error, doing: what()) }
}
