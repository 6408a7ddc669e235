import Glibc
import Image
import Linux
import Model
import Transfer

/// Brings one layer to a registry, compressed.
struct LayerPush: Sendable {
  /// What became of it.
  struct Result: Sendable {
    var outcome: BlobUpload.Outcome
    /// The layer as the registry has it.
    var blob: Descriptor
  }

  let layer: Descriptor
  let compression: LayerCompression
  let store: ImageStore
  /// Makes the upload of a blob from what opens its bytes.
  let upload: @Sendable (Descriptor, @escaping BlobUpload.Content) -> BlobUpload

  /// The layer did not come out as it did the last time, with another version of the library.
  private struct Changed: Error, CustomStringConvertible {
    var blob: Descriptor

    var description: String { "the blob is \(blob.digest) now" }
  }

  func run() async throws -> Result {
    guard LayerCompression.wants(layer) else {
      let (store, layer) = (store, layer)
      return try await send(layer) {
        try storing { () throws(Diagnostic) in try store.openBlob(layer) }
      }
    }
    guard let known = compression.remembered(layer) else {
      return try await sendCompressed(try await compress())
    }
    do {
      return try await sendCompressed(known)
    } catch let changed as Changed {
      return try await sendCompressed(changed.blob)
    }
  }

  /// Sends what the layer is compressed. It is compressed only if the registry has not got it.
  private func sendCompressed(_ blob: Descriptor) async throws -> Result {
    try await send(blob) {
      let compressed = try await compress()
      guard compressed.digest == blob.digest else { throw Changed(blob: compressed) }
      let path = compression.path(of: layer)
      return try storing { () throws(Diagnostic) in
        do throws(SyscallError) {
          return try Files.open(path, O_RDONLY)
        } catch {
          throw Diagnostic(.error, "cannot read a compressed layer: \(error.reason)")
        }
      }
    }
  }

  private func send(
    _ blob: Descriptor, _ content: @escaping BlobUpload.Content
  ) async throws -> Result {
    Result(outcome: try await upload(blob, content).run(), blob: blob)
  }

  /// Compresses on a thread that may wait.
  private func compress() async throws -> Descriptor {
    let (compression, layer) = (compression, layer)
    return try await onOwnThread {
      try storing { () throws(Diagnostic) in try compression.compress(layer) }
    }
  }
}
