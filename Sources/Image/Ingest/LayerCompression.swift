import Glibc
import Linux
import Model
import State

/// Layers compressed for a registry.
///
/// Builds and imports keep layers as plain tars, which are quick to make and to share; registries
/// want them compressed. What comes out is remembered by digest, so that a registry which has it
/// is not offered it again; the bytes go with this object.
package final class LayerCompression: Sendable {
  private let store: ImageStore
  private let work: WorkDirectory

  /// Prepares to compress layers of a store.
  package init(_ store: ImageStore) throws(Diagnostic) {
    try store.prepare()
    self.store = store
    work = try store.makeWorkDirectory()
  }

  /// True for a layer that is sent compressed.
  package static func wants(_ layer: Descriptor) -> Bool { types[layer.mediaType] != nil }

  private static let types = [
    MediaType.layer: MediaType.gzipLayer, MediaType.dockerLayer: MediaType.dockerGzipLayer,
  ]

  /// What became of a layer when it was compressed last; nil when it never was. A note of a newer
  /// roost is as good as none: the layer is compressed once more.
  package func remembered(_ layer: Descriptor) -> Descriptor? {
    guard let note = CompressedLayerRecord.readIfUsable(notePath(layer)),
      let digest = Digest(note.digest), note.size >= 0
    else { return nil }
    return Descriptor(mediaType: note.mediaType, digest: digest, size: note.size)
  }

  /// Compresses a layer, once; `path(of:)` then has the bytes.
  package func compress(_ layer: Descriptor) throws(Diagnostic) -> Descriptor {
    let path = path(of: layer)
    if let known = remembered(layer), Files.exists(path) { return known }
    let source = try store.openBlob(layer)
    let partial = path + ".part"
    let answer = try store.helper.run(
      .compress(.descriptor(4), to: .path(partial)), in: work,
      descriptors: [(source.raw, 4)], doing: "compress a layer")
    guard case .compressed(let text, let size) = answer, let digest = Digest(text) else {
      throw answer.unexpected
    }
    let compressed = Descriptor(
      mediaType: Self.types[layer.mediaType] ?? MediaType.gzipLayer, digest: digest, size: size)
    try diagnosing("keep a compressed layer") { () throws(SyscallError) in
      try Files.rename(partial, path)
      try Files.makeDirectories(Files.parent(of: notePath(layer)), mode: 0o700)
      try CompressedLayerRecord(
        mediaType: compressed.mediaType, digest: compressed.digest.description,
        size: compressed.size
      ).write(notePath(layer))
    }
    return compressed
  }

  /// Where the compressed bytes of a layer are.
  package func path(of layer: Descriptor) -> String { "\(work.path)/\(layer.digest.hex).gz" }

  private func notePath(_ layer: Descriptor) -> String {
    "\(store.layout.cache)/compressed/\(layer.digest.hex)"
  }
}
