import Glibc
import Linux
import Model
import State

/// What `image import` makes of a root file system.
package struct ImportRequest: Sendable {
  /// The tar, compressed or not.
  package var source: ImageSource
  /// The new image's name; nil for none.
  package var reference: Reference?
  /// Dockerfile instructions that change the configuration, as `--change` gives them.
  package var changes: [String]
  /// The remark in the history.
  package var message: String?
  /// The platform; nil for this machine's.
  package var platform: Platform?

  /// Makes a request.
  package init(
    source: ImageSource, reference: Reference? = nil, changes: [String] = [],
    message: String? = nil, platform: Platform? = nil
  ) {
    self.source = source
    self.reference = reference
    self.changes = changes
    self.message = message
    self.platform = platform
  }
}

extension ImageStore {
  /// Makes an image of one layer from the tar of a root file system.
  package func importArchive(_ request: ImportRequest) throws(Diagnostic) -> ImageRecord {
    var configuration = ImageConfiguration(platform: request.platform ?? .host)
    var editor = ConfigurationEditor(configuration: configuration)
    for change in request.changes { try editor.apply(change: change) }
    configuration = editor.configuration

    let lock = try beginAdding()
    defer { lock.release() }
    let layer = try addLayer(request.source)
    configuration.created = Clock.now()
    configuration.diffIDs = [layer.diffID]
    configuration.history = [
      HistoryEntry(
        created: configuration.created,
        comment: request.message ?? "Imported from \(Self.importName(request.source))")
    ]
    return try addImage(
      configuration, layers: [layer.blob], references: request.reference.map { [$0] } ?? [])
  }

  private static func importName(_ source: ImageSource) -> String {
    // The directories of the machine that it was made on are nobody's business.
    if case .file(let path) = source { return Paths.name(path) }
    return "-"
  }

  /// Unpacks a tar as a lowest layer and takes its blob in.
  private func addLayer(_ source: ImageSource) throws(Diagnostic) -> LayerRecord {
    let work = try makeWorkDirectory()
    let directory = try makeLayerDirectory("layer", in: work)
    let copy = "\(work.path)/blob"
    let input = try source.open()
    var unpacking = ArchiveRequest.Unpacking(.descriptor(4), into: "\(directory)/diff")
    unpacking.copy = copy
    unpacking.limit = try requestedLimit()
    unpacking.isLayer = true
    unpacking.checksEnd = true
    let answer = try helper.run(.unpack(unpacking), in: work, descriptors: [(input.raw, 4)])
    let result = try UnpackResult(answer)
    let blob = try adoptBlob(copy, result, in: work)
    try adoptLayer(
      directory, as: result.diffID, diffID: result.diffID, contentSize: result.contentSize,
      blob: blob, unmappedOwner: result.unmappedOwner)
    return LayerRecord(chainID: result.diffID, diffID: result.diffID, blob: blob)
  }

  /// Writes configuration and manifest and lists the image.
  func addImage(
    _ configuration: ImageConfiguration, layers: [Descriptor], references: [Reference]
  ) throws(Diagnostic) -> ImageRecord {
    let config = try addBlob(configuration.json.utf8(), mediaType: MediaType.configuration)
    let manifest = Manifest(configuration: config, layers: layers)
    var descriptor = try addBlob(manifest.json.utf8(), mediaType: MediaType.manifest)
    descriptor.platform = configuration.platform
    try addToIndex(descriptor, references: references)
    let entries = try readIndex().manifests.filter { $0.digest == descriptor.digest }
    return try load(descriptor, entries: entries)
  }
}
