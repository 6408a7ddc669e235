import Glibc
import Linux
import Model

/// What happened to the containers of a project, a line of JSON each (`events.jsonl`).
///
/// Anyone may append: each line is one write to a file opened for appending.
struct EventJournal: Sendable {
  let layout: Layout
  let project: String

  /// Past this size the journal is begun anew; the one before is kept as `events.jsonl.1`.
  private static let limit: Int64 = 1 << 20

  /// The file.
  var path: String { layout.projectEvents(project) }

  /// Appends an event. A journal that cannot be written does not stop what it tells of.
  func append(
    _ action: String, _ container: ContainerRecord,
    _ attributes: [(key: String, value: String)] = []
  ) {
    let event = EngineEvent(
      time: Clock.now(), action: action, service: container.service, id: container.id,
      attributes: ([("image", container.image), ("name", container.name)] + attributes).map {
        ContainerSummary.Label(key: $0.0, value: $0.1)
      })
    if let status = try? Files.status(path), status.size > Self.limit {
      try? Files.rename(path, path + ".1")
    }
    try? Files.append(path, event.json.utf8() + [0x0A])
  }

  /// The events of the journal, in the order of time.
  func events() -> [EngineEvent] {
    [path + ".1", path].flatMap { file -> [EngineEvent] in
      guard let bytes = try? Files.readIfPresent(file) else { return [] }
      return bytes.split(separator: 0x0A).compactMap { line in
        (try? JSON.parse(line)).flatMap { EngineEvent(json: $0) }
      }
    }
  }
}

extension EngineEvent {
  /// The event as a line of the journal, and of `events --json`.
  package var json: JSON {
    [
      "time": .string(time.rfc3339), "type": "container", "service": .string(service),
      "id": .string(id.hex), "action": .string(action),
      "attributes": .stringMap(attributes.map { ($0.key, $0.value) }),
    ]
  }

  init?(json: JSON) {
    guard let time = json.timestamp("time"), let id = json.objectID("id") else { return nil }
    self.init(
      time: time, action: json.text("action"), service: json.text("service"), id: id,
      attributes: json.stringMap("attributes").map {
        ContainerSummary.Label(key: $0.key, value: $0.value)
      })
  }
}
