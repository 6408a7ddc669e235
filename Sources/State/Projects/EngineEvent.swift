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
  /// The end that it tells of, which is told of once.
  package var end: Timestamp?

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

extension EngineEvent: Versioned {
  /// Reads the members of a line of the journal.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      time: try reader.timestamp("time"), action: try reader.string("action", ""),
      service: try reader.string("service", ""), id: try reader.identity("id"),
      attributes: try reader.stringMap("attributes"))
    end = try reader.optionalTimestamp("end")
  }

  /// Writes the members of a line of the journal.
  package func write(_ writer: inout RecordWriter) {
    writer.set("time", time)
    writer.set("type", "container")
    writer.set("service", service)
    writer.set("id", id)
    writer.set("action", action)
    writer.set("attributes", attributes)
    writer.set("end", end)
  }
}
