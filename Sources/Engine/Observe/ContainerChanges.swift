import Glibc
import Linux
import Model
import State

/// Tells when the state of some containers may have changed: one starts, ends, or is found healthy.
///
/// Shim and supervisor put such files into place by renaming them, which the kernel tells of. One
/// watch of directories serves any number of waits.
final class ContainerChanges: Sendable {
  private let directories: DirectoryWatch
  private let changes = EventCounter()
  private let over = EventCounter()

  /// What is told of the directories of a container; not the writing of its log.
  static let events = IN_MOVED_TO | IN_DELETE

  init() throws(SyscallError) {
    directories = try DirectoryWatch()
    try WorkerThread.detach { [directories, changes, over] in
      while true {
        var entries = [directories.descriptor, over.descriptor].map {
          pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        guard (try? Descriptors.poll(&entries, timeoutMilliseconds: nil)) != nil,
          entries[1].revents == 0
        else { return }
        _ = directories.take()
        changes.add()
      }
    }
  }

  deinit { over.add() }

  /// Watches containers as well. What changes after this makes the watcher's descriptor readable,
  /// and so does what changes in any other container that is watched.
  func watch(_ containers: [ContainerLayout]) throws(SyscallError) -> EventWatcher {
    for container in containers {
      for path in [container.state, container.run] { try directories.add(path, Self.events) }
    }
    return try EventWatcher(changes)
  }

  // Two things change without a file: a supervisor that is killed will not restart anything any
  // more, and a shim that is killed with its container writes nothing down.
  static let longestPause: Int32 = 1000

  /// Calls `look` now and whenever one of some containers may have changed, until it returns
  /// something, or the user interrupts.
  static func wait<Result>(
    for containers: [ContainerLayout], _ interruption: Interruption,
    until look: () throws(EngineError) -> Result?
  ) throws(EngineError) -> Result {
    // Without a watch, of which a user has only so many, somebody has to look often.
    let watcher = try? ContainerChanges().watch(containers)
    while true {
      watcher?.take()
      if let result = try look() { return result }
      var entries = [interruption.descriptor, watcher?.descriptor ?? -1].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      let pause = watcher == nil ? 50 : longestPause
      _ = try? Descriptors.poll(&entries, timeoutMilliseconds: pause)
      if interruption.isInterrupted { throw .interrupted }
    }
  }
}
