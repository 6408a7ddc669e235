import Model

/// By which names one container is found on one network (`names/<network>/<container>.json` below
/// the run root).
package struct NameRecord: Sendable, Hashable {
  /// The name that an address is resolved to.
  package var name: String
  /// All names, the first one among them.
  package var names: [String]
  /// The container's addresses on this network.
  package var addresses: [IPAddress]

  /// Describes the names of a container.
  package init(name: String, names: [String], addresses: [IPAddress]) {
    self.name = name
    self.names = names
    self.addresses = addresses
  }
}

extension NameRecord: Versioned {
  /// Reads the members of a file of names.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      name: try reader.string("name"), names: try reader.strings("names"),
      addresses: try reader.addresses("addresses"))
  }

  /// Writes the members of a file of names.
  package func write(_ writer: inout RecordWriter) {
    writer.set("name", name)
    writer.set("names", json: .strings(names))
    writer.set("addresses", json: .strings(addresses.map(\.description)))
  }
}
