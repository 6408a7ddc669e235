import Model

/// Whether the layers of images can be shown with other owners (`layer-mapping.json`), found out
/// once a boot.
package struct LayerMappingRecord: Sendable, Hashable {
  /// The device that containers and layers lie on.
  package var device: UInt64
  /// Why it cannot be done; nil when it can.
  package var refusal: String?

  /// Makes a record.
  package init(device: UInt64, refusal: String?) {
    self.device = device
    self.refusal = refusal
  }
}

extension LayerMappingRecord: Versioned {
  /// Reads the members of `layer-mapping.json`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      device: try reader.integer("device"), refusal: try reader.optionalString("refusal"))
  }

  /// Writes the members of `layer-mapping.json`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("device", device)
    writer.set("refusal", refusal)
  }
}
