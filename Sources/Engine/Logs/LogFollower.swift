import Glibc
import Linux
import Model
import Runtime
import State

/// Follows the logs of several containers: what is there now, and what comes.
///
/// It reads files and asks nobody, so it goes on across restarts, rotation and the loss of any
/// process of ours.
final class LogFollower {
  private let layout: Layout
  private var merger = LogMerger()
  private var followed: Set<ObjectID> = []
  /// Whose directory a change is about.
  private var directories: [Int32: ObjectID] = [:]
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
  func follows(_ id: ObjectID) -> Bool { followed.contains(id) }

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
    guard followed.insert(source.id).inserted else { return }
    merger.add(file)
    watch(source.id)
  }

  /// Waits for changes of one more container.
  func watch(_ id: ObjectID) {
    // Writes to the log, its rotation, and exit.json all happen in the one directory, what tells of
    // a start in the other.
    let containerLayout = layout.container(id)
    let directory = watch(
      containerLayout.state, IN_MODIFY | IN_CREATE | IN_DELETE_SELF | ContainerChanges.events)
    if let directory { directories[directory] = id }
    watch(containerLayout.run, ContainerChanges.events)
  }

  /// Waits for containers that come and go as well.
  func watchContainers() {
    watch(layout.containers, IN_CREATE | IN_DELETE | ContainerChanges.events)
  }

  // A directory that cannot be watched is looked at when it is time for a look.
  @discardableResult
  private func watch(_ path: String, _ events: Int32) -> Int32? {
    (try? changes?.add(path, events)) ?? nil
  }

  /// Forgets a container; its remaining lines are dropped.
  func remove(_ id: ObjectID) {
    followed.remove(id)
    merger.remove(id)
  }

  /// The next lines that are there and were not given yet, in the order of time. None when all that
  /// may have grown were read to their end.
  func poll() -> [LogLine] { merger.next() }

  /// Gives out lines until there are no more for now.
  ///
  /// - Parameters:
  ///   - ended: containers that write no more. All of theirs comes.
  ///   - patience: when the rest is left for later, so that other things have their turn. A program
  ///     may write for ever, faster than anybody reads.
  func poll(
    allOf ended: Set<ObjectID>, patience: UInt64 = 100_000_000, _ receive: ([LogLine]) -> Void
  ) {
    merger.mayHaveGrown(anyOf: ended)
    let end = Clock.monotonicNanoseconds() + patience
    while true {
      let lines = poll()
      if lines.isEmpty { return }
      receive(lines)
      if Clock.monotonicNanoseconds() > end, merger.isDrained(ended) { return }
    }
  }

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
    let rest = due > now && merger.isDrained ? Int32(clamping: (due - now) / 1_000_000 + 1) : 0
    var entries = ([changes?.descriptor ?? -1] + descriptors).map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    _ = try? Descriptors.poll(&entries, timeoutMilliseconds: rest)
    let isTold = takeEvents() || entries.dropFirst().contains { $0.revents != 0 }
    guard isTold || Clock.monotonicNanoseconds() >= due else { return false }
    lastLook = Clock.monotonicNanoseconds()
    // What was not told of is found now.
    merger.mayHaveGrown()
    return true
  }

  /// Takes what the kernel has to tell; true when it is more than writing.
  private func takeEvents() -> Bool {
    var isMore = false
    for change in changes?.take() ?? [] {
      if let id = directories[change.directory] { merger.mayHaveGrown(id) }
      if change.mask & ~UInt32(IN_MODIFY) != 0 { isMore = true }
    }
    return isMore
  }

  /// Removes what rotation kept for us of the logs of containers that ended. Of those that run, their
  /// shims do.
  func tidy(_ ended: Set<ObjectID>) {
    for id in ended {
      let place = layout.container(id)
      guard let spec = try? ContainerSpec.read(place.spec) else { continue }
      LogRetention(place.log, spec.log).removeExcess()
    }
  }
}
