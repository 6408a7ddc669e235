import Model

/// The published ports of one container (`ports/<container>.json` below the run root).
package struct PortReservation: Sendable, Hashable {
  /// Whose ports these are, for messages: `service web of project shop`.
  package var owner: String
  /// The ports.
  package var ports: [PublishedPort]

  /// Describes the ports of a container.
  package init(owner: String, ports: [PublishedPort]) {
    self.owner = owner
    self.ports = ports
  }
}

extension PortReservation: Versioned {
  /// Reads the members of a file of ports.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(owner: try reader.string("owner"), ports: try reader.list("ports"))
  }

  /// Writes the members of a file of ports.
  package func write(_ writer: inout RecordWriter) {
    writer.set("owner", owner)
    writer.set("ports", ports)
  }
}
