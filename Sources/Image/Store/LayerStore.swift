import Glibc
import Linux
import Model
import State

extension ImageStore {
  func layerPath(_ chainID: Digest) -> String { "\(layout.layers)/\(chainID.hex)" }
  func layerDirectory(_ chainID: Digest) -> String { "\(layerPath(chainID))/diff" }

  /// True when a layer is unpacked.
  func hasLayer(_ chainID: Digest) -> Bool { Files.isDirectory(layerDirectory(chainID)) }

  /// The bytes of the files of an unpacked layer; nil when it is not unpacked.
  func contentSize(of layer: LayerRecord) -> Int64? {
    layerInformation(layer.chainID)?.contentSize
  }

  /// A file of an image whose owner containers with ids of their own do not have, if one of its
  /// layers has such a file.
  package func unmappedOwner(in image: ImageRecord) -> UnmappedOwner? {
    for layer in image.layers {
      if let owner = layerInformation(layer.chainID)?.unmappedOwner { return owner }
    }
    return nil
  }

  /// What is known of an unpacked layer. Without it, or with that of a newer roost, the layer
  /// serves as well: at worst its blob is unpacked once more, and found to be there.
  func layerInformation(_ chainID: Digest) -> UnpackedLayerRecord? {
    UnpackedLayerRecord.readIfUsable("\(layerPath(chainID))/layer.json")
  }

  /// The directories of an image's layers, the top one first, as overlayfs takes them. Layers
  /// that are not unpacked yet are unpacked now.
  package func lowerDirectories(of image: ImageRecord) throws(Diagnostic) -> [String] {
    let missing = image.layers.filter { !hasLayer($0.chainID) }
    if !missing.isEmpty {
      let lock = try beginAdding()
      defer { lock.release() }
      try unpack(
        missing.map { layer in
          LayerSource(
            chainID: layer.chainID, diffID: layer.diffID, path: blobPath(layer.blob.digest),
            length: layer.blob.size, blob: layer.blob)
        })
    }
    return visibleDirectories(of: image.layers)
  }

  /// The directories of layers, the top one first, down to one whose root hides all below it:
  /// overlayfs honours that mark in every directory but the root.
  func visibleDirectories(of layers: [LayerRecord]) -> [String] {
    let directories = layers.reversed().map { layerDirectory($0.chainID) }
    guard let last = directories.firstIndex(where: Self.hidesEverything) else { return directories }
    return Array(directories[...last])
  }

  private static func hidesEverything(_ directory: String) -> Bool {
    Files.attribute("trusted.overlay.opaque", of: directory) == Array("y".utf8)
  }

  /// Where a layer's blob can be read.
  struct LayerSource {
    var chainID: Digest
    var diffID: Digest
    var path: String
    var offset: Int64 = 0
    var length: Int64
    /// The blob, if its digest is known before it is read.
    var blob: Descriptor?
  }

  /// Unpacks the layers that are missing, a few at a time, and takes their blobs in. Returns the
  /// blobs in the order of `sources`.
  @discardableResult
  func unpack(_ sources: [LayerSource]) throws(Diagnostic) -> [Descriptor] {
    let work = try makeWorkDirectory()
    let width = max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)) / 2 + 1)
    var blobs: [Digest: Descriptor] = [:]
    var running: [LayerUnpacking] = []
    for (number, source) in sources.enumerated() {
      if let blob = knownBlob(of: source) {
        blobs[source.chainID] = blob
        continue
      }
      if running.contains(where: { $0.source.chainID == source.chainID }) { continue }
      if running.count == width {
        let done = running.removeFirst()
        blobs[done.source.chainID] = try done.finish()
      }
      running.append(try LayerUnpacking(source, number: number, store: self, work: work))
    }
    for done in running { blobs[done.source.chainID] = try done.finish() }
    return sources.compactMap { blobs[$0.chainID] }
  }

  /// The blob of a layer that is unpacked and whose blob is whole.
  private func knownBlob(of source: LayerSource) -> Descriptor? {
    guard hasLayer(source.chainID) else { return nil }
    if let blob = source.blob { return hasBlob(blob) ? blob : nil }
    guard let json = layerInformation(source.chainID)?.blob,
      let blob = try? Descriptor(json: json, in: "layer.json"), hasBlob(blob)
    else { return nil }
    return blob
  }

  /// Makes a directory with an empty `diff` in it.
  func makeLayerDirectory(
    _ name: String, in work: WorkDirectory
  ) throws(Diagnostic) -> String {
    let directory = "\(work.path)/\(name)"
    try diagnosing("make a directory for a layer") { () throws(SyscallError) in
      try Files.makeDirectories(directory, mode: 0o700)
      // The root directory of whoever runs the layer, whatever the umask is here.
      try Files.makeDirectory("\(directory)/diff")
      try Files.setMode("\(directory)/diff", 0o755)
    }
    return directory
  }

  /// Makes a finished directory, with `diff` in it, the layer of a chain id.
  func adoptLayer(
    _ directory: String, as chainID: Digest, diffID: Digest, contentSize: Int64,
    blob: Descriptor, unmappedOwner: UnmappedOwner?
  ) throws(Diagnostic) {
    let information = UnpackedLayerRecord(
      diffID: diffID.description, contentSize: contentSize, blob: blob.json,
      unmappedOwner: unmappedOwner)
    try diagnosing("keep a layer") { () throws(SyscallError) in
      try Files.write("\(directory)/layer.json", information.json.utf8(.pretty) + [0x0A])
      do throws(SyscallError) {
        try Files.rename(directory, layerPath(chainID))
      } catch {
        // Another process was faster; its layer is the same.
        guard error.errno == ENOTEMPTY || error.errno == EEXIST else { throw error }
        try Files.removeTree(directory)
      }
    }
  }

  /// Takes the copy of a blob in. A compression that the image format does not know is undone.
  func adoptBlob(
    _ path: String, _ result: UnpackResult, in work: WorkDirectory
  ) throws(Diagnostic) -> Descriptor {
    if let mediaType = MediaType.layer(compression: result.compression) {
      try adoptBlob(path, as: result.blobDigest)
      return Descriptor(
        mediaType: mediaType, digest: result.blobDigest, size: result.blobSize)
    }
    let plain = path + "-plain"
    let answer = try helper.run(.decompress(.path(path), to: .path(plain)), in: work)
    guard case .decompressed(let size) = answer else { throw answer.unexpected }
    try adoptBlob(plain, as: result.diffID)
    return Descriptor(mediaType: MediaType.layer, digest: result.diffID, size: size)
  }
}

/// One layer that is being unpacked by a helper.
private struct LayerUnpacking {
  let source: ImageStore.LayerSource
  let store: ImageStore
  let work: WorkDirectory
  let directory: String
  let copy: String?
  let job: ArchiveJob

  init(
    _ source: ImageStore.LayerSource, number: Int, store: ImageStore, work: WorkDirectory
  ) throws(Diagnostic) {
    self.source = source
    self.store = store
    self.work = work
    directory = try store.makeLayerDirectory("layer-\(number)", in: work)
    let isInStore = source.blob.map(store.hasBlob) ?? false
    copy = isInStore ? nil : "\(work.path)/blob-\(number)"
    var unpacking = ArchiveRequest.Unpacking(.path(source.path), into: "\(directory)/diff")
    unpacking.offset = source.offset
    unpacking.length = source.length
    unpacking.copy = copy
    unpacking.limit = try store.requestedLimit()
    unpacking.isLayer = true
    job = try store.helper.start(.unpack(unpacking), in: work)
  }

  /// Waits for the end, checks the digests and keeps blob and layer.
  func finish() throws(Diagnostic) -> Descriptor {
    let result = try UnpackResult(job.finish())
    if let expected = source.blob?.digest { try check(result.blobDigest, expected, "blob") }
    try check(result.diffID, source.diffID, "content")
    var blob = source.blob
    if let copy, blob == nil { blob = try store.adoptBlob(copy, result, in: work) }
    if let copy, let blob, source.blob != nil { try store.adoptBlob(copy, as: blob.digest) }
    guard let blob else { throw Diagnostic(.error, "a layer has no blob") }
    try store.adoptLayer(
      directory, as: source.chainID, diffID: source.diffID, contentSize: result.contentSize,
      blob: blob, unmappedOwner: result.unmappedOwner)
    return blob
  }

  private func check(_ actual: Digest, _ expected: Digest, _ what: String) throws(Diagnostic) {
    guard actual != expected else { return }
    throw Diagnostic(
      .error, "a layer's \(what) has the digest \(actual), but the image names \(expected)",
      hint: "the image is damaged; get it again")
  }
}

/// What the helper says about a layer it unpacked.
struct UnpackResult {
  var compression: String
  var blobDigest: Digest
  var blobSize: Int64
  var diffID: Digest
  var contentSize: Int64
  var unmappedOwner: UnmappedOwner?

  init(_ answer: ArchiveAnswer) throws(Diagnostic) {
    guard case .unpacked(let unpacked) = answer, let blob = Digest(unpacked.blobDigest),
      let content = Digest(unpacked.diffID)
    else { throw answer.unexpected }
    compression = unpacked.compression
    blobDigest = blob
    diffID = content
    blobSize = unpacked.blobSize
    contentSize = unpacked.contentSize
    unmappedOwner = unpacked.unmappedOwner
  }
}
