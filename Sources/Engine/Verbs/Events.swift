import Glibc
import Linux
import Model
import State

extension Engine {
  /// Calls `receive` with the events of a project's containers: those that were, and, unless
  /// `until` is past, those that come.
  package func events(
    _ selection: ProjectSelection, services: [String], since: Timestamp?, until: Timestamp?,
    receive: (EngineEvent) -> Void
  ) throws(EngineError) {
    let journal = EventJournal(layout: layout, project: selection.name)
    let watch = JournalWatch(journal)
    // Without `since` only what happens from now on is of interest.
    let reader = JournalReader(journal, fromStart: since != nil)
    while true {
      let isTold = watch.begin()
      let events = try readingRecords { () throws(RecordError) in try reader.read() }
      for event in events {
        if let since, event.time < since { continue }
        if let until, event.time > until { continue }
        if services.isEmpty || services.contains(event.service) { receive(event) }
      }
      let now = Clock.now()
      if let until, now >= until { return }
      let rest = until.map { ($0.nanoseconds - now.nanoseconds) / 1_000_000 + 1 } ?? .max
      watch.wait(
        min(rest, isTold ? JournalWatch.toldMilliseconds : JournalWatch.untoldMilliseconds),
        interruption)
      if interruption.isInterrupted { return }
    }
  }
}

/// Waits until a journal may have grown.
private struct JournalWatch {
  private let path: String
  private let directory: String
  private let changes = try? DirectoryWatch()

  // A project that is not there has no directory to watch, and a user has only so many watches:
  // then somebody has to look now and again.
  static let untoldMilliseconds: Int64 = 100
  // Of a directory whose file somebody has open the kernel does not tell that it is gone.
  static let toldMilliseconds: Int64 = 1000

  init(_ journal: EventJournal) {
    path = journal.path
    directory = Files.parent(of: journal.path)
  }

  /// Waits for what changes from now on; false when nothing tells of that. To be called before each
  /// look, since a project's directory may go and come again.
  func begin() -> Bool {
    _ = changes?.take()
    let events = IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF
    return ((try? changes?.add(directory, events)) ?? nil) != nil && Files.exists(path)
  }

  func wait(_ milliseconds: Int64, _ interruption: Interruption) {
    var entries = [interruption.descriptor, changes?.descriptor ?? -1].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    let timeout = milliseconds == .max ? nil : Int32(clamping: milliseconds)
    _ = try? Descriptors.poll(&entries, timeoutMilliseconds: timeout)
  }
}
