import Glibc
import Linux
import Model

/// The umask is for the files that the command line names. What is made for containers, such as
/// their root directory, has the modes that programs there count on.
enum FileModeMask {
  /// That of whoever called us; from the first look at it on, the process has 022.
  static let caller = umask(0o022)
}

/// Writes files that the command line names.
enum HostOutput {
  /// Writes a text as a whole.
  static func write(_ text: String, to path: String) throws {
    do {
      try Files.writeAtomically(path, Array(text.utf8), mode: 0o644 & ~FileModeMask.caller)
    } catch {
      throw Diagnostic(
        .error, "cannot write \(path): \(error)")
    }
  }
}
