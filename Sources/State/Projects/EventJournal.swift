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
    let event = EngineEvent(
      time: Clock.now(), action: action, service: container.service, id: container.id,
      attributes: OrderedMap(
        [("image", container.image), ("name", container.name)] + attributes))
    if let status = try? Files.status(path), status.size > Self.limit {
      try? Files.rename(path, path + ".1")
    }
    try? Files.append(path, event.json.utf8() + [0x0A])
  }

  /// The events of the journal, in the order of time.
  ///
  /// Lines that are not JSON objects are passed over: a crash of the machine may have cut the last one.
  package func events() throws(RecordError) -> [EngineEvent] {
    var events: [EngineEvent] = []
    for file in [path + ".1", path] {
      let content: [UInt8]?
      do { content = try Files.readIfPresent(file) } catch {
        throw RecordError(.file(file), .unreadable(error))
      }
      guard let bytes = content else { continue }
      for line in bytes.split(separator: 0x0A) {
        guard let json = try? JSON.parse(line), json.objectValue != nil else { continue }
        events.append(try EngineEvent(json: json, of: .file(file)))
      }
    }
    return events
  }
}
