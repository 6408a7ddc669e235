import Glibc
import Linux
import Model

/// What happened to the containers of a project, a line of JSON each (`events.jsonl`).
///
/// Anyone may append: each line is one write to a file opened for appending.
package struct EventJournal: Sendable {
  private let layout: Layout
  private let project: String

  /// Past this size the journal is begun anew; the one before is kept as `events.jsonl.1`.
  private static let limit: Int64 = 1 << 20

  /// Makes the journal of a project.
  package init(layout: Layout, project: String) {
    self.layout = layout
    self.project = project
  }

  /// The file.
  package var path: String { layout.projectEvents(project) }

  /// Appends an event. A journal that cannot be written does not stop what it tells of.
  package func append(
    _ action: String, _ container: ContainerRecord,
    _ attributes: [(key: String, value: String)] = []
  ) {
    append(event(action, container, attributes))
  }

  /// Appends that a container ended. Whoever sees that first tells of it, and nobody else again.
  package func appendEnd(_ container: ContainerRecord, _ exit: ExitRecord) {
    var event = event("die", container, [("exitCode", String(exit.code))])
    event.end = exit.finishedAt
    let lock = try? FileLock.acquire(path + ".lock")
    defer { lock?.release() }
    guard ![path, path + ".1"].contains(where: { isTold(event, in: $0) }) else { return }
    append(event)
    if exit.oomKilled { append("oom", container) }
  }

  /// True when a journal has the end of a container. It is looked for as text: a journal may be long,
  /// and containers that crash in a loop end often.
  private func isTold(_ event: EngineEvent, in journal: String) -> Bool {
    guard let end = event.end, let file = try? Files.open(journal, O_RDONLY) else { return false }
    let wanted = Array("\"\(end.rfc3339)\"".utf8)
    var buffer = [UInt8](repeating: 0, count: Self.portion)
    var rest: [UInt8] = []
    while true {
      let count = read(file.raw, &buffer, buffer.count)
      if count == -1, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest += buffer[..<count]
      let last = rest.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      if Self.contains(rest[..<last], wanted), hasEnd(of: event, rest[..<last]) { return true }
      rest.removeFirst(last)
    }
  }

  private static let portion = 64 << 10

  /// Whether bytes are somewhere in a text. The point of a fraction, if there is one, is what few other
  /// places have.
  private static func contains(_ text: ArraySlice<UInt8>, _ wanted: [UInt8]) -> Bool {
    let place = wanted.firstIndex(of: UInt8(ascii: ".")) ?? 0
    return text.withUnsafeBytes { text in
      guard let start = text.baseAddress else { return false }
      var next = place
      while next < text.count,
        let found = memchr(start + next, Int32(wanted[place]), text.count - next)
      {
        next = found - UnsafeMutableRawPointer(mutating: start) + 1
        let begin = next - 1 - place
        if begin + wanted.count <= text.count, memcmp(start + begin, wanted, wanted.count) == 0 {
          return true
        }
      }
      return false
    }
  }

  private func hasEnd(of event: EngineEvent, _ lines: ArraySlice<UInt8>) -> Bool {
    lines.split(separator: 0x0A).contains { line in
      guard let json = try? JSON.parse(line),
        let known = try? EngineEvent(json: json, of: .file(path))
      else { return false }
      return known.id == event.id && known.end == event.end
    }
  }

  private func event(
    _ action: String, _ container: ContainerRecord, _ attributes: [(key: String, value: String)]
  ) -> EngineEvent {
    EngineEvent(
      time: Clock.now(), action: action, service: container.service, id: container.id,
      attributes: OrderedMap(
        [("image", container.image), ("name", container.name)] + attributes))
  }

  private func append(_ event: EngineEvent) {
    if let status = try? Files.status(path), status.size > Self.limit {
      try? Files.rename(path, path + ".1")
    }
    try? Files.append(path, event.json.utf8() + [0x0A])
  }

  /// The events of the journal, in the order in which they were told of.
  package func events() throws(RecordError) -> [EngineEvent] {
    try JournalReader(self, fromStart: true).read()
  }
}

/// Reads a journal, and goes on from there as more is told of.
///
/// It follows the places of the lines, not their times: of two who append at once the one that looked
/// at the clock first may be the later one.
package final class JournalReader {
  private let path: String
  private var file: OwnedDescriptor?
  private var rest: [UInt8] = []

  /// Reads from the oldest event that is kept, or only what comes from now on.
  package init(_ journal: EventJournal, fromStart: Bool) {
    path = journal.path
    if fromStart {
      file = (try? Files.open(path + ".1", O_RDONLY)) ?? (try? Files.open(path, O_RDONLY))
    } else if let newest = try? Files.open(path, O_RDONLY) {
      lseek(newest.raw, 0, SEEK_END)
      file = newest
    }
  }

  /// The events that came since the last call.
  ///
  /// Lines that are not JSON objects are passed over: a crash of the machine may have cut the last one.
  package func read() throws(RecordError) -> [EngineEvent] {
    var events: [EngineEvent] = []
    repeat { try take(into: &events) } while try goOn(&events)
    return events
  }

  private func take(into events: inout [EngineEvent]) throws(RecordError) {
    guard let file else { return }
    do throws(SyscallError) { rest += try Descriptors.readAll(file.raw) } catch {
      throw RecordError(.file(path), .unreadable(error))
    }
    guard let end = rest.lastIndex(of: 0x0A) else { return }
    let lines = rest[..<end]
    rest = Array(rest[(end + 1)...])
    for line in lines.split(separator: 0x0A) {
      guard let json = try? JSON.parse(line), json.objectValue != nil else { continue }
      events.append(try EngineEvent(json: json, of: .file(path)))
    }
  }

  /// Goes on to the journal that was begun anew after this one; false when there is none.
  private func goOn(_ events: inout [EngineEvent]) throws(RecordError) -> Bool {
    guard let newest = try? Files.open(path, O_RDONLY) else { return false }
    guard let file else {
      self.file = newest
      return true
    }
    let identities = [file, newest].map { (try? Files.status(descriptor: $0.raw))?.inode }
    guard identities[0] != identities[1] else { return false }
    // What came between the last look at the old one and its end.
    try take(into: &events)
    rest = []
    self.file = newest
    return true
  }
}
