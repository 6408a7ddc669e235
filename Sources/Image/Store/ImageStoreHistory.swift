import Model

/// One row of `image history`.
package struct HistoryRow: Sendable, Hashable {
  /// The image that ends with this step; nil shows as `<missing>`.
  package var id: ObjectID?
  /// When the step ran.
  package var created: Timestamp?
  /// The step.
  package var createdBy: String
  /// The bytes of the files the step wrote; 0 for steps without a layer.
  package var size: Int64
  /// A remark.
  package var comment: String
  /// The names of the image that ends here.
  package var references: [Reference]
}

extension ImageStore {
  /// How an image came to be, the newest step first.
  ///
  /// Only the newest row has an id: the steps below are not images of their own.
  package func history(of image: ImageRecord) -> [HistoryRow] {
    var rows: [HistoryRow] = []
    var layers = image.layers[...]
    for entry in image.configuration.history {
      let layer = entry.isEmptyLayer ? nil : layers.popFirst()
      rows.append(
        HistoryRow(
          id: nil, created: entry.created, createdBy: entry.createdBy,
          size: layer.map(size) ?? 0, comment: entry.comment, references: []))
    }
    // Images that were made without a history still have layers.
    for layer in layers {
      rows.append(
        HistoryRow(
          id: nil, created: image.configuration.created, createdBy: "", size: size(of: layer),
          comment: "", references: []))
    }
    if !rows.isEmpty {
      rows[rows.count - 1].id = image.id
      rows[rows.count - 1].references = image.references
    }
    return rows.reversed()
  }

  private func size(of layer: LayerRecord) -> Int64 {
    contentSize(of: layer) ?? layer.blob.size
  }
}
