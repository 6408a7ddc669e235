import Model

/// An image in the store.
package struct ImageRecord: Sendable, Hashable {
  /// The digest of the configuration, which Docker calls the image's id.
  package var id: ObjectID
  /// The digest of the manifest.
  package var manifestDigest: Digest
  /// The names; empty for an untagged image.
  package var references: [Reference]
  /// The digests under which registries know it, as `repository@sha256:…`.
  package var repositoryDigests: [String]
  /// What the image says about itself.
  package var configuration: ImageConfiguration
  /// The layers, lowest first.
  package var layers: [LayerRecord]
  /// The bytes of the files in all layers, or of the blobs of layers not yet unpacked.
  package var size: Int64
  /// When a registry last gave it, or said that there is no newer one; nil for an image from
  /// elsewhere.
  package var receivedAt: Timestamp?
}

/// A layer of an image.
package struct LayerRecord: Sendable, Hashable {
  /// The digest of this layer and all below it.
  package var chainID: Digest
  /// The digest of the uncompressed layer.
  package var diffID: Digest
  /// The blob.
  package var blob: Descriptor

  /// The chain ids of layers by their diff ids, lowest first.
  ///
  /// Source: OCI image specification, config.md, "Layer ChainID".
  package static func chainIDs(_ diffIDs: [Digest]) -> [Digest] {
    var chain: [Digest] = []
    for diffID in diffIDs { chain.append(chainID(diffID, above: chain.last)) }
    return chain
  }

  /// The chain id of one layer above another chain.
  package static func chainID(_ diffID: Digest, above parent: Digest?) -> Digest {
    guard let parent else { return diffID }
    return Digest.sha256(of: "\(parent) \(diffID)")
  }
}
