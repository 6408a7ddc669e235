import Glibc
import Linux
import Model
import State

extension ImageStore {
  /// Removes blobs and layers that no image and no step of the build cache needs. Returns the
  /// bytes that became free.
  ///
  /// While somebody adds an image nothing is removed: the next collection does it.
  @discardableResult
  func collectGarbage() -> Int64 {
    guard let lock = try? FileLock.tryAcquire("\(layout.images)/.content-lock"),
      let (neededBlobs, neededLayers) = try? needed()
    else { return 0 }
    defer { lock.release() }
    WorkDirectory.sweep(layout.layers)
    var freed: Int64 = 0
    for name in (try? Files.list(blobs)) ?? [] where !neededBlobs.contains(name) {
      let path = "\(blobs)/\(name)"
      let size = (try? Files.status(path).size) ?? 0
      if (try? Files.remove(path)) != nil { freed += size }
    }
    for name in (try? Files.list(layout.layers)) ?? [] {
      guard let chainID = Digest(hex: name), !neededLayers.contains(chainID.hex) else { continue }
      freed += removeLayer(chainID)
    }
    return freed
  }

  /// Removes an unpacked layer; it stops to be one before the first file goes.
  private func removeLayer(_ chainID: Digest) -> Int64 {
    guard let work = try? WorkDirectory.create(in: layout.layers) else { return 0 }
    let size = layerInformation(chainID)?.contentSize ?? 0
    guard (try? Files.rename(layerPath(chainID), "\(work.path)/layer")) != nil else { return 0 }
    return size
  }

  /// The digits of the blobs and layers that are in use.
  private func needed() throws(Diagnostic) -> (blobs: Set<String>, layers: Set<String>) {
    var blobs: Set<String> = []
    var layers: Set<String> = []
    for group in Self.grouped(try readIndex()) {
      blobs.insert(group.descriptor.digest.hex)
      // What cannot be read now may be readable later: its blobs must not go.
      let image = try load(group.descriptor, entries: group.entries)
      blobs.insert(image.manifestDigest.hex)
      blobs.insert(image.id.hex)
      for layer in image.layers {
        blobs.insert(layer.blob.digest.hex)
        layers.insert(layer.chainID.hex)
      }
    }
    for step in BuildCache(store: self).steps() {
      blobs.insert(step.blob.digest.hex)
      layers.insert(step.chainID.hex)
    }
    return (blobs, layers)
  }
}
