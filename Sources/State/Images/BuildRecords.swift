import Model

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

/// What a step of a build was made from, to say why it is made again (`build/recipes/<position>` in
/// the cache).
package struct BuildRecipeRecord: Sendable, Hashable {
  /// Its inputs by names that people understand, each with the digest of its value, in order.
  package var inputs: OrderedMap<String>

  /// Describes what a step was made from.
  package init(inputs: OrderedMap<String>) { self.inputs = inputs }
}

extension BuildRecipeRecord: Versioned {
  /// Format 0 was the map of the inputs alone.
  package static func migrate(_ json: JSON, from format: Int) -> JSON { ["inputs": json] }

  /// Reads the members of a recipe.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(inputs: try reader.stringMap("inputs"))
  }

  /// Writes the members of a recipe.
  package func write(_ writer: inout RecordWriter) {
    writer.set("inputs", inputs)
  }
}
