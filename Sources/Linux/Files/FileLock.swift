import Glibc

/// An advisory lock on a file, held until it is released or its owner ends.
///
/// The file holds the owner's pid as text, for messages only: the lock itself is the kernel's.
/// Source: flock(2).
package final class FileLock: @unchecked Sendable {
  /// The lock file.
  package let path: String
  private let file: OwnedDescriptor

  private init(path: String, file: OwnedDescriptor) {
    self.path = path
    self.file = file
  }

  /// Whether others may hold the lock as well.
  package enum Mode: Sendable {
    case shared
    case exclusive
  }

  /// How long a lock is waited for that is held for milliseconds: whoever has it then is stuck.
  package static let patience = 300_000

  /// Takes the lock and waits for it; the file is made when missing.
  ///
  /// A signal with a handler does not end the wait. flock(2) knows no time limit, so that a wait
  /// with one looks again and again.
  ///
  /// - Parameter patienceMilliseconds: how long it is waited; nil waits for ever.
  /// - Throws: `ETIMEDOUT` when the time has passed; the error says who has the lock.
  package static func acquire(
    _ path: String, _ mode: Mode = .exclusive, patienceMilliseconds: Int? = patience
  ) throws(SyscallError) -> FileLock {
    let file = try Files.open(path, O_RDWR | O_CREAT, mode: 0o600)
    if let patienceMilliseconds {
      try wait(file, path, mode, milliseconds: patienceMilliseconds)
    } else {
      try Syscall.retry("flock", path) { flock(file.raw, operation(mode)) }
    }
    return FileLock(path: path, file: file).noted(mode)
  }

  private static func wait(
    _ file: OwnedDescriptor, _ path: String, _ mode: Mode, milliseconds: Int
  ) throws(SyscallError) {
    let start = Clock.monotonicNanoseconds()
    while flock(file.raw, operation(mode) | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { throw SyscallError("flock", path: path) }
      let passed = Clock.monotonicNanoseconds() - start
      guard passed < UInt64(milliseconds) * 1_000_000 else {
        throw SyscallError("flock", path: path + holderText(path), errno: ETIMEDOUT)
      }
      // Most locks are free again after a millisecond.
      usleep(passed < 1_000_000_000 ? 500 : 20_000)
    }
  }

  private static func holderText(_ path: String) -> String {
    guard let pid = owner(path) else { return ", which another process holds" }
    let words = ProcessTable.arguments(pid)
    let command = words.isEmpty ? "" : " (`\(words.joined(separator: " "))`)"
    return ", which process \(pid)\(command) holds"
  }

  /// Takes the lock if nobody holds it; nil otherwise.
  package static func tryAcquire(
    _ path: String, _ mode: Mode = .exclusive
  ) throws(SyscallError) -> FileLock? {
    let file = try Files.open(path, O_RDWR | O_CREAT, mode: 0o600)
    if flock(file.raw, operation(mode) | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK else { throw SyscallError("flock", path: path) }
      return nil
    }
    return FileLock(path: path, file: file).noted(mode)
  }

  /// The pid that the last exclusive owner wrote; it may have ended since.
  package static func owner(_ path: String) -> Int32? {
    guard let text = try? Files.readText(path) else { return nil }
    return Int32(text.split(separator: "\n").first ?? "")
  }

  /// Gives the lock back now rather than at the end of this object's life.
  package func release() {
    guard file.raw >= 0 else { return }
    // To close the file is not enough: a process that another thread is just starting has a copy of
    // the descriptor until it runs its program.
    flock(file.raw, LOCK_UN)
    file.close()
  }

  deinit { release() }

  // A lock must also be had on a full disk, so that things can be removed from it.
  private func noted(_ mode: Mode) -> FileLock {
    guard case .exclusive = mode else { return self }
    let text = Array("\(getpid())\n".utf8)
    if ftruncate(file.raw, 0) == 0 { _ = pwrite(file.raw, text, text.count, 0) }
    return self
  }

  private static func operation(_ mode: Mode) -> Int32 {
    mode == .shared ? LOCK_SH : LOCK_EX
  }
}
