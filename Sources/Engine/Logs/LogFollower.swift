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
  private var files: [ObjectID: LogReader] = [:]
  private let changes: DirectoryWatch?
  private var lastLook = Clock.monotonicNanoseconds()

  init(_ layout: Layout) {
    self.layout = layout
    changes = try? DirectoryWatch()
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
    let file = LogReader(source, path: layout.container(source.id).log)
    switch beginning {
    case .atTheStart: break
    case .atTheEnd: file.skipToEnd()
    case .last(let count): file.skip(toLast: count)
    }
    add(source, file)
  }

  /// Follows one more container, whose log was read up to some point.
  func add(_ source: LogSource, _ file: LogReader) {
    guard files[source.id] == nil else { return }
    files[source.id] = file
    watch(source.id)
  }

  /// Waits for changes of one more container.
  func watch(_ id: ObjectID) {
    // Writes to the log, its rotation, and exit.json all happen in the one directory, what tells of
    // a start in the other.
    let containerLayout = layout.container(id)
    watch(
      containerLayout.state, IN_MODIFY | IN_CREATE | IN_DELETE_SELF | ContainerChanges.events)
    watch(containerLayout.run, ContainerChanges.events)
  }

  /// Waits for containers that come and go as well.
  func watchContainers() {
    watch(layout.containers, IN_CREATE | IN_DELETE | ContainerChanges.events)
  }

  // A directory that cannot be watched is looked at when it is time for a look.
  private func watch(_ path: String, _ events: Int32) {
    _ = try? changes?.add(path, events)
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

  // Without a watch, of which a user may have 128.
  private static let untoldMilliseconds: Int32 = 100

  /// Waits until there may be more, something in `descriptors` is readable, or it is time for a
  /// look.
  ///
  /// - Parameter milliseconds: how long nobody need look at the containers when nothing tells of
  ///   changes.
  /// - Returns: true when it is more than lines: the containers may have changed.
  @discardableResult
  func waitForMore(_ descriptors: [Int32], milliseconds: Int32) -> Bool {
    let patience = changes == nil ? min(milliseconds, Self.untoldMilliseconds) : milliseconds
    let due = lastLook + UInt64(patience) * 1_000_000
    let now = Clock.monotonicNanoseconds()
    var entries = ([changes?.descriptor ?? -1] + descriptors).map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    _ = try? Descriptors.poll(
      &entries, timeoutMilliseconds: due > now ? Int32(clamping: (due - now) / 1_000_000 + 1) : 0)
    let isTold = takeEvents() || entries.dropFirst().contains { $0.revents != 0 }
    guard isTold || Clock.monotonicNanoseconds() >= due else { return false }
    lastLook = Clock.monotonicNanoseconds()
    return true
  }

  /// Takes what the kernel has to tell; true when it is more than writing.
  private func takeEvents() -> Bool {
    changes?.take().contains { $0.mask & ~UInt32(IN_MODIFY) != 0 } ?? false
  }
}
