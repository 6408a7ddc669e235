import Glibc
import Synchronization

/// A log to which several processes append, of two files at most: when the one at `path` has
/// reached its size, it becomes `path.1`, and the old `path.1` goes.
///
/// It makes its system calls by itself and reports no failure: it is where failures are reported.
package final class BoundedLog: Sendable {
  private struct State {
    var descriptor: Int32 = -1
    var owner: pid_t = 0
  }

  /// Where the log lies.
  package let path: String
  private let limit: Int
  private let target: Int32?
  private let state = Mutex(State())

  /// Above every number that a started program gets its descriptors under.
  private static let lowestDescriptor: Int32 = 64

  /// Makes a log; the file is opened when the first line comes.
  ///
  /// - Parameters:
  ///   - path: Where it lies; its directory must exist.
  ///   - limit: The size of one file in bytes.
  ///   - target: A number under which the file is kept open, such as 2, so that what others write
  ///     to it ends up in the log too; nil for any.
  package init(_ path: String, limit: Int, asDescriptor target: Int32? = nil) {
    self.path = path
    self.limit = limit
    self.target = target
  }

  deinit { state.withLock { if target == nil, $0.descriptor >= 0 { close($0.descriptor) } } }

  /// The number under which the file is open; nil before the first line.
  var descriptor: Int32? { state.withLock { $0.descriptor < 0 ? nil : $0.descriptor } }

  /// Appends bytes in one write; false when that is not possible.
  @discardableResult
  package func append(_ bytes: [UInt8]) -> Bool {
    let saved = errno
    defer { errno = saved }
    return state.withLock { state in
      if state.descriptor < 0 { open(&state) }
      rotate(&state)
      guard state.descriptor >= 0 else { return false }
      return write(state.descriptor, bytes, bytes.count) == bytes.count
    }
  }

  private func open(_ state: inout State) {
    let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW
    let opened = Glibc.open(path, flags, 0o600)
    guard opened >= 0 else { return }
    if let target {
      dup2(opened, target)
      state.descriptor = target
    } else {
      state.descriptor = fcntl(opened, F_DUPFD_CLOEXEC, Self.lowestDescriptor)
    }
    state.owner = getpid()
    close(opened)
  }

  private func rotate(_ state: inout State) {
    var held = stat()
    // The copy of a process may live where `path` means another file, such as in a container.
    guard state.descriptor >= 0, state.owner == getpid(), fstat(state.descriptor, &held) == 0,
      held.st_size >= limit
    else { return }
    // Of several processes that come here at once the first renames; the others open what is new.
    flock(state.descriptor, LOCK_EX)
    var named = stat()
    if stat(path, &named) == 0, named.st_ino == held.st_ino, named.st_dev == held.st_dev {
      rename(path, "\(path).1")
    }
    flock(state.descriptor, LOCK_UN)
    let old = state.descriptor
    state.descriptor = -1
    open(&state)
    if state.descriptor < 0 { state.descriptor = old } else if target == nil { close(old) }
  }
}
