import Model

/// What is known of an unpacked layer (`layer.json` beside its files).
package struct UnpackedLayerRecord: Sendable, Hashable {
  /// The digest of the layer's uncompressed bytes.
  package var diffID: String
  /// The bytes of its files.
  package var contentSize: Int64
  /// The descriptor of the blob that it was unpacked from, as OCI's image specification has it.
  package var blob: JSON
  /// A file whose owner containers with ids of their own do not have; nil when there is none, or
  /// nobody looked.
  package var unmappedOwner: UnmappedOwner?

  /// Describes a layer.
  package init(
    diffID: String, contentSize: Int64, blob: JSON, unmappedOwner: UnmappedOwner? = nil
  ) {
    self.diffID = diffID
    self.contentSize = contentSize
    self.blob = blob
    self.unmappedOwner = unmappedOwner
  }
}

extension UnpackedLayerRecord: Versioned {
  /// Reads the members of `layer.json`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      diffID: try reader.string("diffID"), contentSize: try reader.integer("contentSize"),
      blob: try reader.object("blob").json, unmappedOwner: try UnmappedOwner(reader))
  }

  /// Writes the members of `layer.json`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("diffID", diffID)
    writer.set("contentSize", contentSize)
    writer.set("blob", json: blob)
    unmappedOwner?.write(&writer)
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

/// A file of a layer that belongs to a user or group above those that a container with ids of its
/// own has.
package struct UnmappedOwner: Sendable, Hashable {
  /// The largest user or group of such a container.
  package static let largestMapped: UInt32 = 65_535

  /// The path of the file.
  package var path: String
  /// The number of the user or group.
  package var id: UInt32

  /// The owner of a file, where it or its group is above what containers have.
  package init?(_ path: String, user: UInt32, group: UInt32) {
    guard max(user, group) > Self.largestMapped else { return nil }
    self.path = path
    id = max(user, group)
  }

  private static let members = (path: "unmappedPath", id: "unmappedOwner")

  /// Reads its members of a record; nil when they are not there.
  package init?(_ reader: RecordReader) throws(RecordError) {
    guard let path = try reader.optionalString(Self.members.path) else { return nil }
    self.path = path
    id = try reader.integer(Self.members.id)
  }

  /// Writes its members of a record.
  package func write(_ writer: inout RecordWriter) {
    writer.set(Self.members.path, path)
    writer.set(Self.members.id, id)
  }
}
