import Linux
import Model

/// An image that `load` took in.
package struct LoadedImage: Sendable, Hashable {
  /// The image's id.
  package var id: ObjectID
  /// The names that it has now because of the archive.
  package var references: [Reference]
}

extension ImageStore {
  /// Takes in the images of an archive, as `docker save`, `podman save` and skopeo make them:
  /// a docker-archive or an OCI layout in a tar, plain or compressed.
  package func load(_ source: ImageSource) throws(Diagnostic) -> [LoadedImage] {
    let lock = try beginAdding()
    defer { lock.release() }
    let work = try makeWorkDirectory()
    let archive = try TransportArchive(source, store: self, work: work)
    let images: [ArchivedImage]
    if archive.has("manifest.json") {
      images = try archive.dockerImages()
    } else if archive.has("index.json") {
      images = try archive.ociImages()
    } else {
      throw Diagnostic(
        .error, "\(archive.name) holds no image: it has neither manifest.json nor index.json",
        hint: "a root file system is taken in by 'roost image import'")
    }
    return try add(images, from: archive)
  }

  private func add(
    _ images: [ArchivedImage], from archive: TransportArchive
  ) throws(Diagnostic) -> [LoadedImage] {
    var sources: [LayerSource] = []
    for image in images { sources += try image.layerSources(in: archive) }
    var blobs = try unpack(sources)[...]
    var loaded: [LoadedImage] = []
    for image in images {
      let layers = Array(blobs.prefix(image.layers.count))
      blobs = blobs.dropFirst(image.layers.count)
      loaded.append(try add(image, layers: layers))
    }
    return loaded
  }

  private func add(
    _ image: ArchivedImage, layers: [Descriptor]
  ) throws(Diagnostic) -> LoadedImage {
    let config = try addBlob(image.configurationBytes, mediaType: MediaType.configuration)
    let bytes =
      image.manifestBytes ?? Manifest(configuration: config, layers: layers).json.utf8()
    var descriptor = try addBlob(bytes, mediaType: image.manifestType)
    descriptor.platform = image.configuration.platform
    try addToIndex(descriptor, references: image.references)
    guard let id = ObjectID(config.digest.hex) else {
      throw Diagnostic(.error, "the image's configuration has no digest")
    }
    return LoadedImage(id: id, references: image.references)
  }
}

/// An image within an archive.
struct ArchivedImage {
  /// A layer's place in the archive, and its blob where that is known.
  struct Layer {
    var member: String
    var blob: Descriptor?
  }

  var configurationBytes: [UInt8]
  var configuration: ImageConfiguration
  /// The manifest as it is; nil for a docker-archive, which has none.
  var manifestBytes: [UInt8]?
  var manifestType = MediaType.manifest
  var layers: [Layer]
  var references: [Reference]

  func layerSources(
    in archive: TransportArchive
  ) throws(Diagnostic) -> [ImageStore.LayerSource] {
    guard layers.count == configuration.diffIDs.count else {
      throw Diagnostic(
        .error,
        "an image in \(archive.name) has \(layers.count) layers, but its configuration "
          + "names \(configuration.diffIDs.count)",
        hint: "the archive is damaged; save the image again")
    }
    let chain = LayerRecord.chainIDs(configuration.diffIDs)
    var sources: [ImageStore.LayerSource] = []
    for (index, layer) in layers.enumerated() {
      let extent = try archive.extent(layer.member)
      if let blob = layer.blob, blob.size != extent.size {
        throw Diagnostic(
          .error,
          "the layer \(blob.digest) in \(archive.name) has \(extent.size) bytes instead "
            + "of \(blob.size)", hint: "the archive is damaged; save the image again")
      }
      sources.append(
        ImageStore.LayerSource(
          chainID: chain[index], diffID: configuration.diffIDs[index], path: archive.path,
          offset: extent.offset, length: extent.size, blob: layer.blob))
    }
    return sources
  }
}

// MARK: - docker-archive

extension TransportArchive {
  /// The images that `manifest.json` lists.
  fileprivate func dockerImages() throws(Diagnostic) -> [ArchivedImage] {
    guard let list = try readJSON("manifest.json").arrayValue, !list.isEmpty else {
      throw Diagnostic(.error, "manifest.json in \(name) lists no images")
    }
    return try list.map { entry throws(Diagnostic) in
      guard let config = entry["Config"]?.stringValue else {
        throw Diagnostic(.error, "manifest.json in \(name) has an image without a Config")
      }
      let bytes = try read(config)
      let place = "'\(config)' in \(name)"
      let configuration = try ImageConfiguration(
        json: ImageStore.parseDocument(bytes, name: place), in: place)
      return ArchivedImage(
        configurationBytes: bytes, configuration: configuration,
        layers: entry.strings("Layers").map { .init(member: $0) },
        references: try entry.strings("RepoTags").map { tag throws(Diagnostic) in
          try Reference(tag)
        })
    }
  }

  // MARK: - oci-archive

  /// The images that `index.json` lists.
  fileprivate func ociImages() throws(Diagnostic) -> [ArchivedImage] {
    let index = try ImageIndex(json: readJSON("index.json"), in: "index.json in \(name)")
    var images: [ArchivedImage] = []
    for entry in index.manifests {
      guard let manifest = try manifest(of: entry, depth: 0) else { continue }
      let image = try ociImage(manifest, entry: entry)
      // One manifest with several names is one image.
      if let known = images.firstIndex(where: { $0.manifestBytes == image.manifestBytes }) {
        images[known].references += image.references
      } else {
        images.append(image)
      }
    }
    guard !images.isEmpty else {
      throw Diagnostic(.error, "\(name) has no image for \(Platform.host)")
    }
    return images
  }

  /// The manifest for this machine behind an entry; nil when there is none.
  private func manifest(of entry: Descriptor, depth: Int) throws(Diagnostic) -> Descriptor? {
    if let platform = entry.platform, !Platform.host.runs(platform) { return nil }
    guard MediaType.isIndex(entry.mediaType) else { return entry }
    guard depth < 4 else {
      throw Diagnostic(.error, "the indexes in \(name) are nested too deeply")
    }
    let place = "the index \(entry.digest) in \(name)"
    let json = try ImageStore.parseDocument(readBlob(entry), name: place)
    guard let chosen = try ImageIndex(json: json, in: place).manifest(for: .host) else {
      return nil
    }
    return try manifest(of: chosen, depth: depth + 1)
  }

  private func ociImage(
    _ descriptor: Descriptor, entry: Descriptor
  ) throws(Diagnostic) -> ArchivedImage {
    let bytes = try readBlob(descriptor)
    let place = "the manifest \(descriptor.digest) in \(name)"
    let manifest = try Manifest(
      json: ImageStore.parseDocument(bytes, name: place), in: place)
    if let other = manifest.layers.first(where: { !MediaType.isLayer($0.mediaType) }) {
      throw Diagnostic(
        .error, "\(place) is of no image that can run: it holds \(other.mediaType)")
    }
    let configBytes = try readBlob(manifest.configuration)
    let configPlace = "the configuration \(manifest.configuration.digest) in \(name)"
    let configuration = try ImageConfiguration(
      json: ImageStore.parseDocument(configBytes, name: configPlace), in: configPlace)
    return ArchivedImage(
      configurationBytes: configBytes, configuration: configuration, manifestBytes: bytes,
      manifestType: manifest.mediaType,
      layers: manifest.layers.map { .init(member: Self.blobName($0.digest), blob: $0) },
      references: Self.references(entry))
  }

  /// containerd writes the whole name under one key, others under the other.
  private static func references(_ entry: Descriptor) -> [Reference] {
    for key in ["io.containerd.image.name", Annotation.reference] {
      guard let name = entry.annotations[key], name != "latest" else { continue }
      if let reference = try? Reference(name) { return [reference] }
    }
    return []
  }
}
