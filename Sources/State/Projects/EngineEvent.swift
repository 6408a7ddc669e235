import Model

/// Something that happened to a container, for `events`.
package struct EngineEvent: Sendable, Hashable {
  /// When it happened.
  package var time: Timestamp
  /// What happened, such as `create`, `start`, `die`, `health_status: healthy`.
  package var action: String
  /// The service.
  package var service: String
  /// The container's id.
  package var id: ObjectID
  /// More about it, such as `name` and `exitCode`.
  package var attributes: OrderedMap<String>

  /// Describes an event.
  package init(
    time: Timestamp, action: String, service: String, id: ObjectID,
    attributes: OrderedMap<String>
  ) {
    self.time = time
    self.action = action
    self.service = service
    self.id = id
    self.attributes = attributes
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

  /// Reads an event; nil when it is malformed.
  package init?(json: JSON) {
    guard let time = json.timestamp("time"), let id = json.objectID("id") else { return nil }
    self.init(
      time: time, action: json.text("action"), service: json.text("service"), id: id,
      attributes: OrderedMap(json.stringMap("attributes")))
  }
}
