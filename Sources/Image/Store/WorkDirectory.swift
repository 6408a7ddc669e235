import Glibc
import Linux
import Model

/// A directory for half-made things. It goes with this object, or, when the process was killed,
/// with the next one that sweeps.
final class WorkDirectory: @unchecked Sendable {
  /// The directory.
  let path: String
  /// Locked as long as somebody works here. Helpers inherit it, so that they count too.
  let lock: OwnedDescriptor

  private static let prefix = ".work-"

  private init(path: String, lock: OwnedDescriptor) {
    self.path = path
    self.lock = lock
  }

  deinit { try? Files.removeTree(path) }

  /// Makes a directory below `parent`, which is made if missing.
  static func create(in parent: String) throws(SyscallError) -> WorkDirectory {
    try Files.makeDirectories(parent, mode: 0o700)
    while true {
      let name = String(UInt64.random(in: 0...UInt64.max), radix: 36)
      let path = "\(parent)/\(prefix)\(name)"
      try Files.makeDirectory(path, mode: 0o700)
      // Before it was locked, a sweeper may have taken it for abandoned.
      let directory: OwnedDescriptor
      do throws(SyscallError) { directory = try Files.open(path, O_RDONLY | O_DIRECTORY) } catch {
        guard error.errno == ENOENT else { throw error }
        continue
      }
      if flock(directory.raw, LOCK_EX | LOCK_NB) == 0, Files.exists(path) {
        return WorkDirectory(path: path, lock: directory)
      }
    }
  }

  /// Removes what killed processes left below `parent`.
  static func sweep(_ parent: String) {
    for name in (try? Files.list(parent)) ?? [] where name.hasPrefix(prefix) {
      let path = "\(parent)/\(name)"
      guard let directory = try? Files.open(path, O_RDONLY | O_DIRECTORY),
        flock(directory.raw, LOCK_EX | LOCK_NB) == 0
      else { continue }
      try? Files.removeTree(path)
    }
  }
}
