import Glibc
import Linux
import Model

extension ImageStore {
  func layerPath(_ chainID: Digest) -> String { "\(layout.layers)/\(chainID.hex)" }
  func layerDirectory(_ chainID: Digest) -> String { "\(layerPath(chainID))/diff" }

  /// True when a layer is unpacked.
  func hasLayer(_ chainID: Digest) -> Bool { Files.isDirectory(layerDirectory(chainID)) }

  /// The bytes of the files of an unpacked layer; nil when it is not unpacked.
  func contentSize(of layer: LayerRecord) -> Int64? {
    layerInformation(layer.chainID)?["contentSize"]?.intValue
  }

  func layerInformation(_ chainID: Digest) -> JSON? {
    guard let bytes = try? Files.read("\(layerPath(chainID))/layer.json") else { return nil }
    return try? JSON.parse(bytes)
  }

  /// The directories of an image's layers, the top one first, as overlayfs takes them. Layers
  /// that are not unpacked yet are unpacked now.
  public func lowerDirectories(of image: ImageRecord) throws(Diagnostic) -> [String] {
    let missing = image.layers.filter { !hasLayer($0.chainID) }
    if !missing.isEmpty {
      let lock = try beginAdding()
      defer { lock.release() }
      try unpack(
        missing.map { layer in
          LayerSource(layer: layer, path: blobPath(layer.blob.digest), length: layer.blob.size)
        })
    }
    return image.layers.reversed().map { layerDirectory($0.chainID) }
  }

  /// Where a layer's blob can be read.
  struct LayerSource {
    var layer: LayerRecord
    var path: String
    var offset: Int64 = 0
    var length: Int64
    /// True when the blob is to be taken into the store on the way.
    var isForeign = false
  }

  /// Unpacks layers, a few at a time.
  func unpack(_ sources: [LayerSource]) throws(Diagnostic) {
    let work = try makeWorkDirectory()
    let width = max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)) / 2 + 1)
    var running: [LayerUnpacking] = []
    var next = 0
    while next < sources.count || !running.isEmpty {
      if next < sources.count, running.count < width {
        running.append(try LayerUnpacking(sources[next], number: next, store: self, work: work))
        next += 1
      } else {
        try running.removeFirst().finish()
      }
    }
  }

  /// Makes a finished directory, with `diff` in it, the layer of a chain id.
  func adoptLayer(
    _ directory: String, as chainID: Digest, information: JSON
  ) throws(Diagnostic) {
    try diagnosing("keep a layer") { () throws(SyscallError) in
      try Files.write("\(directory)/layer.json", information.utf8(.pretty) + [0x0A])
      do throws(SyscallError) {
        try Files.rename(directory, layerPath(chainID))
      } catch {
        // Another process was faster; its layer is the same.
        guard error.errno == ENOTEMPTY || error.errno == EEXIST else { throw error }
        try Files.removeTree(directory)
      }
    }
  }
}

/// One layer that is being unpacked by a helper.
private struct LayerUnpacking {
  let source: ImageStore.LayerSource
  let store: ImageStore
  let directory: String
  let copy: String?
  let job: ArchiveJob

  init(
    _ source: ImageStore.LayerSource, number: Int, store: ImageStore, work: WorkDirectory
  ) throws(Diagnostic) {
    self.source = source
    self.store = store
    let directory = "\(work.path)/layer-\(number)"
    self.directory = directory
    try diagnosing("make a directory for a layer") { () throws(SyscallError) in
      try Files.makeDirectories("\(directory)/diff")
      try Files.setMode(directory, 0o755)
    }
    let isMissing = source.isForeign && !store.hasBlob(source.layer.blob)
    copy = isMissing ? "\(work.path)/blob-\(number)" : nil
    let request: JSON = [
      "verb": "unpack", "source": .string(source.path), "offset": .integer(source.offset),
      "length": .integer(source.length), "directory": .string("\(directory)/diff"),
      "copy": copy.map(JSON.string) ?? nil,
      "limit": store.layerSizeLimit.map(JSON.integer) ?? nil, "style": "layer",
    ]
    job = try store.helper.start(request, in: work)
  }

  func finish() throws(Diagnostic) {
    let answer = try job.finish()
    try check(answer["blobDigest"], source.layer.blob.digest, "blob")
    try check(answer["diffID"], source.layer.diffID, "content")
    if let copy { try store.adoptBlob(copy, as: source.layer.blob.digest) }
    try store.adoptLayer(
      directory, as: source.layer.chainID,
      information: [
        "diffID": .string(source.layer.diffID.description),
        "contentSize": answer["contentSize"] ?? 0, "archiveSize": answer["archiveSize"] ?? 0,
      ])
  }

  private func check(_ actual: JSON?, _ expected: Digest, _ what: String) throws(Diagnostic) {
    guard let text = actual?.stringValue, text != expected.description else { return }
    throw Diagnostic(
      .error, "a layer's \(what) has the digest \(text), but the image names \(expected)",
      hint: "the image is damaged; get it again")
  }
}
