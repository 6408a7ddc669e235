import Linux
import Model

/// An image that comes in piece by piece, as from a registry.
///
/// Until it is gone nothing of the store is collected; what was made by then stays for the next
/// attempt, as blobs that no image needs yet.
package final class ImageIngest: Sendable {
  fileprivate let store: ImageStore
  private let lock: FileLock
  private let work: WorkDirectory

  /// Starts an ingest.
  package init(_ store: ImageStore) throws(Diagnostic) {
    self.store = store
    lock = try store.beginAdding()
    work = try store.makeWorkDirectory()
  }

  deinit { lock.release() }

  /// Where to write a blob that is not whole yet. It goes with the ingest.
  package func partialPath(_ digest: Digest) -> String { "\(work.path)/partial-\(digest.hex)" }

  /// True when the store has the whole blob.
  package func has(_ blob: Descriptor) -> Bool { store.hasBlob(blob) }

  /// True when a layer is unpacked and its blob is there: nothing is to be done for it.
  package func has(_ layer: LayerRecord) -> Bool {
    store.hasLayer(layer.chainID) && store.hasBlob(layer.blob)
  }

  /// Takes the file at `partialPath` in as a blob. Its digest and size have been checked.
  package func adopt(_ digest: Digest) throws(Diagnostic) {
    try store.adoptBlob(partialPath(digest), as: digest)
  }

  /// Writes a manifest or configuration whose digest has been checked.
  package func add(_ bytes: [UInt8], mediaType: String) throws(Diagnostic) -> Descriptor {
    try store.addBlob(bytes, mediaType: mediaType)
  }

  /// Unpacks a layer whose blob is there, and checks its content against its diff id.
  ///
  /// - Parameter onRead: called with how many bytes of the blob were read since the last call.
  package func unpack(
    _ layer: LayerRecord, onRead: (@Sendable (Int64) -> Void)? = nil
  ) throws(Diagnostic) {
    var store = store
    store.onRead = onRead
    try store.unpack([
      ImageStore.LayerSource(
        chainID: layer.chainID, diffID: layer.diffID, path: store.blobPath(layer.blob.digest),
        length: layer.blob.size, blob: layer.blob)
    ])
  }

  /// Pairs the layers of a manifest with those that the configuration names.
  package func layers(
    of manifest: Manifest, configuration: ImageConfiguration
  ) throws(Diagnostic) -> [LayerRecord] {
    try ImageStore.layers(of: manifest, configuration: configuration)
  }

  /// Lists the image, of which everything is there now.
  ///
  /// - Parameters:
  ///   - manifest: The manifest's descriptor.
  ///   - reference: The name it gets, with a tag; nil when it was asked for by digest.
  ///   - repositoryDigest: The repository at the digest that the registry knows the image by.
  package func finish(
    _ manifest: Descriptor, reference: Reference?, repositoryDigest: Reference
  ) throws(Diagnostic) -> ImageRecord {
    try store.addToIndex(
      manifest, references: reference.map { [$0] } ?? [],
      repositoryDigests: [repositoryDigest.description], receivedAt: Clock.now())
    let entries = try store.readIndex().manifests.filter { $0.digest == manifest.digest }
    return try store.load(manifest, entries: entries)
  }
}

extension ImageIngest {
  /// Reads a configuration that is there.
  package func configuration(_ blob: Descriptor) throws(Diagnostic) -> ImageConfiguration {
    try store.configuration(blob.digest)
  }
}

extension ImageStore {
  fileprivate func configuration(_ digest: Digest) throws(Diagnostic) -> ImageConfiguration {
    try ImageConfiguration(json: readDocument(digest), in: "the configuration \(digest)")
  }
}
