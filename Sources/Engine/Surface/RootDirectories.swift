import Glibc
import Linux
import Model
import State

extension Engine {
  /// Makes the two directories that everything lies in, and refuses those that cannot be written.
  ///
  /// Commands that change something call this first: the message then names the directory, and
  /// not whatever happened to be the first thing written to it.
  package func prepareDirectories() throws(EngineError) {
    for (option, path) in [("--root", layout.root), ("--run-root", layout.runRoot)] {
      do throws(SyscallError) {
        try Files.makeDirectories(path, mode: 0o711)
        guard access(path, W_OK | X_OK) == 0 else { throw SyscallError("access", path: path) }
      } catch {
        throw EngineError(
          "cannot write to \(path): \(error.reason)",
          hint: "roost keeps its things there; choose another directory with \(option)")
      }
    }
  }
}
