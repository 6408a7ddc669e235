import Glibc

/// Tells of changes in directories: readable when there is something to take. A user has no more
/// than some hundred of these. Source: inotify(7).
package final class DirectoryWatch: Sendable {
  /// What changed: the number that `add` returned, what happened (`IN_…`), and to which name.
  package struct Change: Sendable, Hashable {
    /// The directory; -1 when changes were lost, so that nobody knows what changed.
    package var directory: Int32
    /// What happened.
    package var mask: UInt32
    /// The name in the directory that it happened to; empty for the directory itself.
    package var name: [UInt8]
  }

  private let inotify: OwnedDescriptor

  /// Watches nothing yet. Throws `EMFILE` when the user has too many of these.
  package init() throws(SyscallError) {
    inotify = OwnedDescriptor(
      try Syscall.check(inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)), "inotify_init"))
  }

  /// What to poll for reading.
  package var descriptor: Int32 { inotify.raw }

  /// Watches a directory; one that is watched already gets the new events.
  ///
  /// - Returns: its number in changes; nil when there is no such directory.
  @discardableResult
  package func add(_ path: String, _ events: Int32) throws(SyscallError) -> Int32? {
    let number = inotify_add_watch(inotify.raw, path, UInt32(events | IN_ONLYDIR))
    guard number < 0 else { return number }
    guard errno == ENOENT || errno == ENOTDIR else {
      throw SyscallError("inotify_add_watch", path: path)
    }
    return nil
  }

  /// Watches a directory no more; what happened to it before may still be told.
  package func remove(_ number: Int32) { _ = inotify_rm_watch(inotify.raw, number) }

  /// Takes all changes that were not taken yet.
  package func take() -> [Change] {
    var changes: [Change] = []
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    while true {
      let count = read(inotify.raw, &buffer, buffer.count)
      guard count > 0 else { return changes }
      buffer[..<count].withUnsafeBytes { bytes in
        // `struct inotify_event`: watch, mask, cookie, length of the name, name.
        var offset = 0
        while offset + 16 <= bytes.count {
          let length = bytes.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self)
          let end = offset + 16 + Int(length)
          changes.append(
            Change(
              directory: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self),
              mask: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self),
              name: Array(bytes[(offset + 16)..<end].prefix { $0 != 0 })))
          offset = end
        }
      }
    }
  }
}
