import Model

/// What is known of an unpacked layer (`layer.json` beside its files).
package struct UnpackedLayerRecord: Sendable, Hashable {
  /// The digest of the layer's uncompressed bytes.
  package var diffID: String
  /// The bytes of its files.
  package var contentSize: Int64
  /// The descriptor of the blob that it was unpacked from, as OCI's image specification has it.
  package var blob: JSON

  /// Describes a layer.
  package init(diffID: String, contentSize: Int64, blob: JSON) {
    self.diffID = diffID
    self.contentSize = contentSize
    self.blob = blob
  }
}

extension UnpackedLayerRecord: Versioned {
  /// Reads the members of `layer.json`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      diffID: try reader.string("diffID"), contentSize: try reader.integer("contentSize"),
      blob: try reader.object("blob").json)
  }

  /// Writes the members of `layer.json`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("diffID", diffID)
    writer.set("contentSize", contentSize)
    writer.set("blob", json: blob)
  }
}

/// What became of a layer when it was compressed for a registry (`compressed/<digest>` in the
/// cache): a descriptor, as OCI's image specification has it.
package struct CompressedLayerRecord: Sendable, Hashable {
  /// The type of the compressed layer.
  package var mediaType: String
  /// The digest of its bytes.
  package var digest: String
  /// How many bytes it has.
  package var size: Int64

  /// Describes a compressed layer.
  package init(mediaType: String, digest: String, size: Int64) {
    self.mediaType = mediaType
    self.digest = digest
    self.size = size
  }
}

extension CompressedLayerRecord: Versioned {
  /// Reads the members of a note on a compressed layer.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      mediaType: try reader.string("mediaType"), digest: try reader.string("digest"),
      size: try reader.integer("size"))
  }

  /// Writes the members of a note on a compressed layer.
  package func write(_ writer: inout RecordWriter) {
    writer.set("mediaType", mediaType)
    writer.set("digest", digest)
    writer.set("size", size)
  }
}
