import Linux
import Model

@testable import Image

/// A small image in memory: its blobs, and manifests that name them.
struct SampleImage {
  var blobs: [Digest: [UInt8]] = [:]
  var manifests: [Digest: (bytes: [UInt8], type: String)] = [:]
  /// The manifest that the tag stands for.
  var top: Digest
  var layer: Descriptor
  var configuration: Descriptor

  /// Makes an image of one layer with one file of `size` bytes in it.
  init(size: Int = 300_000, architecture: String = Platform.host.architecture) throws {
    let files = try Scratch()
    var text: [UInt8] = []
    var state: UInt32 = 7
    for _ in 0..<size {
      state = state &* 1_664_525 &+ 1_013_904_223
      text.append(UInt8(truncatingIfNeeded: state >> 24))
    }
    try Files.makeDirectories("\(files.path)/tree")
    try Files.write("\(files.path)/tree/data", text)
    let tar = try Scratch.run("tar", ["-C", "\(files.path)/tree", "-cf", "-", "data"]).output
    let gzip = try Scratch.run("gzip", ["-n", "-c"], input: tar).output
    layer = Descriptor(
      mediaType: MediaType.gzipLayer, digest: Digest.sha256(of: gzip), size: Int64(gzip.count))
    var content = ImageConfiguration(platform: Platform(architecture: architecture))
    content.diffIDs = [Digest.sha256(of: tar)]
    let config = content.json.utf8()
    configuration = Descriptor(
      mediaType: MediaType.configuration, digest: Digest.sha256(of: config),
      size: Int64(config.count))
    let manifest = Manifest(configuration: configuration, layers: [layer]).json.utf8()
    top = Digest.sha256(of: manifest)
    blobs = [layer.digest: gzip, configuration.digest: config]
    manifests = [top: (manifest, MediaType.manifest)]
  }

  /// An index of images; its digest becomes that of the tag.
  init(index images: [SampleImage]) throws {
    self = images[0]
    var entries: [Descriptor] = []
    for image in images {
      guard let manifest = image.manifests[image.top] else { continue }
      blobs.merge(image.blobs) { $1 }
      manifests.merge(image.manifests) { $1 }
      let config = try JSON.parse(image.blobs[image.configuration.digest] ?? [])
      entries.append(
        Descriptor(
          mediaType: manifest.type, digest: image.top, size: Int64(manifest.bytes.count),
          platform: config["architecture"]?.stringValue.map { Platform(architecture: $0) }))
    }
    let bytes = ImageIndex(manifests: entries).json.utf8()
    top = Digest.sha256(of: bytes)
    manifests[top] = (bytes, MediaType.index)
  }
}
