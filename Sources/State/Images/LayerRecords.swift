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

/// The result of a step of a build (`build/steps/<key>` in the cache).
package struct BuildStepRecord: Sendable, Hashable {
  /// What a step wrote.
  package struct Layer: Sendable, Hashable {
    /// The digest of this layer on top of those below.
    package var chainID: String
    /// The digest of the layer's uncompressed bytes.
    package var diffID: String
    /// The descriptor of the blob, as OCI's image specification has it.
    package var blob: JSON

    /// Describes a layer.
    package init(chainID: String, diffID: String, blob: JSON) {
      self.chainID = chainID
      self.diffID = diffID
      self.blob = blob
    }
  }

  /// When the step was run.
  package var created: Timestamp
  /// What it wrote; nil when it wrote nothing.
  package var layer: Layer?

  /// Describes a result.
  package init(created: Timestamp, layer: Layer?) {
    self.created = created
    self.layer = layer
  }
}

extension BuildStepRecord: Versioned {
  /// Reads the members of a result.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(created: try reader.timestamp("created"), layer: nil)
    if let chainID = try reader.optionalString("chainID") {
      layer = Layer(
        chainID: chainID, diffID: try reader.string("diffID"),
        blob: try reader.object("blob").json)
    }
  }

  /// Writes the members of a result.
  package func write(_ writer: inout RecordWriter) {
    writer.set("created", created)
    writer.set("chainID", layer?.chainID)
    writer.set("diffID", layer?.diffID)
    writer.set("blob", json: layer?.blob)
  }
}
