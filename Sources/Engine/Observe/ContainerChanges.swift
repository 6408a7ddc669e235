import Glibc
import Linux
import Model
import State

/// Tells when the state of some containers may have changed: one starts, ends, or is found healthy.
///
/// Shim and supervisor put such files into place by renaming them, which the kernel tells of. One
/// inotify instance serves any number of waits: a user has no more than 128 of them.
final class ContainerChanges: Sendable {
  private let inotify: OwnedDescriptor
  private let changes = EventCounter()
  private let over = EventCounter()

  /// What is told of the directories of a container; not the writing of its log.
  static let events = UInt32(IN_MOVED_TO | IN_DELETE)

  init() throws(SyscallError) {
    inotify = OwnedDescriptor(
      try Syscall.check(inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)), "inotify_init1"))
    try WorkerThread.detach { [inotify, changes, over] in
      var buffer = [UInt8](repeating: 0, count: 16 * 1024)
      while true {
        var entries = [inotify.raw, over.descriptor].map {
          pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        guard (try? Descriptors.poll(&entries, timeoutMilliseconds: nil)) != nil,
          entries[1].revents == 0
        else { return }
        while read(inotify.raw, &buffer, buffer.count) > 0 {}
        changes.add()
      }
    }
  }

  deinit { over.add() }

  /// Watches containers as well. What changes after this makes the watcher's descriptor readable,
  /// and so does what changes in any other container that is watched.
  func watch(_ containers: [ContainerLayout]) throws(SyscallError) -> EventWatcher {
    for container in containers {
      for path in [container.state, container.run] {
        if inotify_add_watch(inotify.raw, path, Self.events) < 0, errno != ENOENT {
          throw SyscallError("inotify_add_watch", path: path)
        }
      }
    }
    return try EventWatcher(changes)
  }
}
