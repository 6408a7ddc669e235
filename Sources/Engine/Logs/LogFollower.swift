import Glibc
import Linux
import Model
import State

/// Follows the logs of several containers: what is there now, and what comes.
///
/// It reads files and asks nobody, so it goes on across restarts, rotation and the loss of any
/// process of ours.
final class LogFollower {
  private let layout: Layout
  private var files: [ObjectID: LogFile] = [:]
  private let inotify: OwnedDescriptor?

  init(_ layout: Layout) {
    self.layout = layout
    let descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
    inotify = descriptor < 0 ? nil : OwnedDescriptor(descriptor)
  }

  /// Where the reading of a log begins.
  enum Beginning {
    case atTheStart
    case atTheEnd
    case last(Int)
  }

  /// True when a container is followed.
  func follows(_ id: ObjectID) -> Bool { files[id] != nil }

  /// Follows one more container.
  func add(_ source: LogSource, from beginning: Beginning = .atTheStart) {
    let file = LogFile(source, path: layout.container(source.id).log)
    switch beginning {
    case .atTheStart: break
    case .atTheEnd: file.skipToEnd()
    case .last(let count): file.skip(toLast: count)
    }
    add(source, file)
  }

  /// Follows one more container, whose log was read up to some point.
  func add(_ source: LogSource, _ file: LogFile) {
    guard files[source.id] == nil else { return }
    files[source.id] = file
    // Writes to the log, its rotation, and exit.json all happen in this directory.
    let events = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF)
    if let inotify { _ = inotify_add_watch(inotify.raw, layout.container(source.id).state, events) }
  }

  /// Forgets a container; its remaining lines are dropped.
  func remove(_ id: ObjectID) { files[id] = nil }

  /// All lines that are there now and were not given yet, in the order of time.
  func poll() -> [LogLine] {
    var merger = LogMerger(Array(files.values))
    var lines: [LogLine] = []
    while true {
      let next = merger.next()
      if next.isEmpty { return lines }
      lines += next
      if lines.count > Self.enough {
        // The rest stays in the merger: give it out before reading on.
        lines += merger.rest()
        return lines.sorted { $0.time < $1.time }
      }
    }
  }

  private static let enough = 20_000

  /// Waits until there may be more, something in `descriptors` is readable, or the time passed.
  func waitForMore(_ descriptors: [Int32], milliseconds: Int32) {
    var entries = ([inotify?.raw ?? -1] + descriptors).map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    _ = try? Descriptors.poll(&entries, timeoutMilliseconds: milliseconds)
    guard entries[0].revents != 0, let inotify else { return }
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    while read(inotify.raw, &buffer, buffer.count) > 0 {}
  }
}
