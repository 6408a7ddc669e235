import Image
import Model
import State
import Transfer

/// Pulls one image from one registry or mirror.
struct ImagePull: Sendable {
  let request: PullRequest
  let connection: RegistryConnection
  let store: ImageStore
  let retrier: Retrier
  let progress: any TransferProgress

  private var reference: Reference { request.reference }
  private var repository: String { reference.path }
  private var platform: Platform { request.platform ?? .host }
  /// A cycle of indexes would not end by itself.
  private static let deepestIndex = 4

  private var fetch: ManifestFetch {
    ManifestFetch(
      connection: connection, repository: repository, subject: reference.familiar,
      retrier: retrier)
  }

  func run() async throws -> PullResult {
    let known = try storing { () throws(Diagnostic) in try store.find(reference.description) }
    let top = try await fetch.fetch(
      reference.digest?.description ?? reference.tag ?? "latest", digest: reference.digest)
    let ingest = try storing { () throws(Diagnostic) in try ImageIngest(store) }
    if let known, isWhole(known, at: top.digest, ingest) {
      return PullResult(image: known, digest: top.digest, isNew: false)
    }
    let chosen = try await choose(from: top)
    let manifest = try storing { () throws(Diagnostic) in
      try Manifest(json: chosen.json, in: "the manifest of \(reference.familiar)")
    }
    try check(manifest)
    let configuration = try await configuration(of: manifest, into: ingest)
    let layers = try storing { () throws(Diagnostic) in
      try ingest.layers(of: manifest, configuration: configuration)
    }
    try await LayerPull(
      connection: connection, repository: repository, ingest: ingest, retrier: retrier,
      progress: progress
    ).run(layers)
    let image = try finish(chosen, top: top, platform: configuration.platform, ingest)
    let isNew = known?.manifestDigest != image.manifestDigest || known?.id != image.id
    return PullResult(image: image, digest: top.digest, isNew: isNew)
  }

  /// True when the image is here already, whole. Its manifest may be another than the
  /// registry's: what was built here has plain layers here, and compressed ones there.
  private func isWhole(
    _ known: ImageRecord, at digest: Digest, _ ingest: ImageIngest
  ) -> Bool {
    known.repositoryDigests.contains(reference.at(digest).description)
      && platform == known.configuration.platform && known.layers.allSatisfy(ingest.has)
  }

  private func finish(
    _ chosen: FetchedManifest, top: FetchedManifest, platform: Platform,
    _ ingest: ImageIngest
  ) throws -> ImageRecord {
    try storing { () throws(Diagnostic) in
      var descriptor = try ingest.add(chosen.bytes, mediaType: chosen.mediaType)
      descriptor.platform = platform
      return try ingest.finish(
        descriptor, reference: reference.digest == nil ? reference : nil,
        repositoryDigest: reference.at(top.digest))
    }
  }

  // MARK: Manifests

  private func choose(from top: FetchedManifest) async throws -> FetchedManifest {
    var current = top
    for _ in 0..<Self.deepestIndex {
      guard current.json["manifests"] != nil else { return current }
      let index = try storing { () throws(Diagnostic) in
        try ImageIndex(json: current.json, in: "the index of \(reference.familiar)")
      }
      guard let entry = index.manifest(for: platform) else { throw noPlatform(index) }
      current = try await fetch.fetch(
        entry.digest.description, digest: entry.digest, expected: entry)
    }
    throw RegistryError(.invalid, "the indexes of \(reference.familiar) are nested too deeply")
  }

  private func noPlatform(_ index: ImageIndex) -> RegistryError {
    let names = index.manifests.compactMap(\.platform).filter { $0.os != "unknown" }
      .map(\.description)
    return RegistryError(
      .notFound, "\(reference.familiar) has no image for \(platform)",
      hint: names.isEmpty ? nil : "it has images for " + names.joined(separator: ", "))
  }

  private func check(_ manifest: Manifest) throws {
    let other = manifest.layers.first { !MediaType.isLayer($0.mediaType) }
    let types = [MediaType.configuration, MediaType.dockerConfiguration]
    guard other == nil, types.contains(manifest.configuration.mediaType) else {
      throw RegistryError(
        .invalid,
        "\(reference.familiar) is not an image that can run: it holds "
          + (other?.mediaType ?? manifest.configuration.mediaType))
    }
  }

  // MARK: Configuration

  private func configuration(
    of manifest: Manifest, into ingest: ImageIngest
  ) async throws -> ImageConfiguration {
    let blob = manifest.configuration
    guard blob.size <= ManifestFetch.sizeLimit else {
      throw RegistryError(
        .invalid,
        "the configuration of \(reference.familiar) has \(blob.size) bytes, which no "
          + "real image needs")
    }
    if !ingest.has(blob) {
      try await BlobDownload(
        connection: connection, repository: repository, blob: blob,
        path: ingest.partialPath(blob.digest), retrier: retrier, progress: SilentTransfer()
      ).run()
      try storing { () throws(Diagnostic) in try ingest.adopt(blob.digest) }
    }
    let configuration = try storing { () throws(Diagnostic) in
      try ingest.configuration(blob)
    }
    try check(configuration)
    return configuration
  }

  private func check(_ configuration: ImageConfiguration) throws {
    let actual = configuration.platform
    guard !platform.runs(actual) else { return }
    guard request.platform == nil else {
      throw RegistryError(
        .notFound, "\(reference.familiar) is an image for \(actual), not for \(platform)")
    }
    progress.warn(
      Diagnostic(
        .warning,
        "\(reference.familiar) is an image for \(actual), but this host is \(platform)",
        hint: "its programs may not run here"))
  }
}
