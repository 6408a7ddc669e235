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
    let start = Clock.now()
    // Without `since` only what happens from now on is of interest.
    var last = (since ?? start).nanoseconds
    var isFirst = since != nil
    var known: UInt64 = 0
    var size: Int64 = -1
    while true {
      let status = try? Files.status(journal.path)
      if status?.size != size || status?.inode != known {
        size = status?.size ?? -1
        known = status?.inode ?? 0
        let events = try readingRecords { () throws(RecordError) in try journal.events() }
        for event in events
        where event.time.nanoseconds > last || (isFirst && event.time.nanoseconds == last) {
          if let until, event.time > until { return }
          last = event.time.nanoseconds
          isFirst = false
          if services.isEmpty || services.contains(event.service) { receive(event) }
        }
      }
      if let until, Clock.now() >= until { return }
      var entry = [pollfd(fd: interruption.descriptor, events: Int16(POLLIN), revents: 0)]
      _ = try? Descriptors.poll(&entry, timeoutMilliseconds: 100)
      if interruption.isInterrupted { return }
    }
  }
}
