import Linux
import Model

/// Writes files that the command line names.
enum HostOutput {
  /// Writes a text as a whole.
  static func write(_ text: String, to path: String) throws {
    do {
      try Files.writeAtomically(path, Array(text.utf8), mode: 0o644)
    } catch {
      throw Diagnostic(
        .error, "cannot write \(path): \(error)")
    }
  }
}
