import Image
import Model
import State
import Transfer

/// Pushes one image under one name.
struct ImagePush: Sendable {
  let image: ImageRecord
  /// The images that this machine has, this one among them.
  let neighbours: [ImageRecord]
  let reference: Reference
  let connection: RegistryConnection
  let store: ImageStore
  let retrier: Retrier
  let progress: any TransferProgress

  private var repository: String { reference.path }

  func run() async throws -> PushResult {
    let (bytes, manifest) = try storing { () throws(Diagnostic) in
      (try store.manifestBytes(of: image), try store.manifest(of: image))
    }
    var seen: Set<Digest> = []
    let layers = manifest.layers.filter { seen.insert($0.digest).inserted }
    let pushed = try await push(layers)
    _ = try await upload(manifest.configuration, as: nil) { [store] in
      try storing { () throws(Diagnostic) in try store.openBlob(manifest.configuration) }
    }.run()
    let sent = Self.manifestBytes(manifest, bytes, with: pushed)
    let digest = try await send(sent, manifest)
    try storing { () throws(Diagnostic) in
      try store.noteRepositoryDigest(reference.at(digest), of: image, pushedAs: reference)
    }
    return PushResult(digest: digest, size: sent.count)
  }

  /// Brings the layers there, a few at a time. Returns them as the registry has them.
  private func push(_ layers: [Descriptor]) async throws -> [Digest: Descriptor] {
    for layer in layers { progress.report(layer.digest.short, .preparing) }
    let compression = try storing { () throws(Diagnostic) in try LayerCompression(store) }
    let transfers = CountingSemaphore(retrier.settings.parallelTransfers)
    return try await withThrowingTaskGroup(of: (Digest, Descriptor).self) { group in
      for layer in layers {
        group.addTask {
          try await transfers.holding {
            let result = try await LayerPush(
              layer: layer, compression: compression, store: store
            ) { upload($0, as: layer, $1) }.run()
            progress.report(layer.digest.short, Self.phase(result.outcome))
            return (layer.digest, result.blob)
          }
        }
      }
      var pushed: [Digest: Descriptor] = [:]
      for try await (digest, blob) in group { pushed[digest] = blob }
      return pushed
    }
  }

  /// The manifest with the layers as they were sent. One that names no others stays byte by byte
  /// what it is.
  private static func manifestBytes(
    _ manifest: Manifest, _ bytes: [UInt8], with pushed: [Digest: Descriptor]
  ) -> [UInt8] {
    var changed = manifest
    changed.layers = manifest.layers.map { layer in
      guard var blob = pushed[layer.digest], blob.digest != layer.digest else { return layer }
      blob.annotations = layer.annotations
      return blob
    }
    return changed == manifest ? bytes : changed.json.utf8()
  }

  /// The upload of a blob; `layer` is the one of this store that it is, nil for no layer.
  private func upload(
    _ blob: Descriptor, as layer: Descriptor?, _ content: @escaping BlobUpload.Content
  ) -> BlobUpload {
    var retrier = retrier
    let name = layer?.digest.short ?? blob.digest.short
    let progress: any TransferProgress = layer == nil ? SilentTransfer() : self.progress
    retrier.onRetry = { progress.report(name, .retrying(seconds: $0, reason: $1)) }
    return BlobUpload(
      connection: connection, repository: repository, blob: blob, content: content, name: name,
      sources: layer.map(sources) ?? [], retrier: retrier, progress: progress)
  }

  /// The other repositories of the same registry that have a layer: those that this machine got
  /// an image with it from, or brought one to.
  private func sources(of layer: Descriptor) -> [String] {
    var found: [String] = []
    for other in neighbours where other.layers.contains(where: { $0.blob.digest == layer.digest }) {
      for text in other.repositoryDigests {
        guard let known = try? Reference(text), known.domain == reference.domain,
          known.path != repository, !found.contains(known.path)
        else { continue }
        found.append(known.path)
      }
    }
    return found
  }

  private static func phase(_ outcome: BlobUpload.Outcome) -> TransferPhase {
    switch outcome {
    case .uploaded: .pushed
    case .alreadyThere: .alreadyPushed
    case .mounted(let repository): .mounted(from: repository)
    }
  }

  private func send(_ bytes: [UInt8], _ manifest: Manifest) async throws -> Digest {
    let digest = Digest.sha256(of: bytes)
    let name = reference.tag ?? digest.description
    let call = HTTPCall(
      .put, connection.address(repository, "manifests/\(name)"),
      headers: [("Content-Type", manifest.mediaType)], body: bytes)
    return try await retrier.run {
      let reply = try await connection.send(call, scopes: ["repository:\(repository):pull,push"])
      guard reply.status == 201 || reply.status == 200 else {
        throw ReplyFailure.final(
          reply, domain: connection.domain, subject: reference.familiar)
      }
      let told = reply.headers.first(name: "Docker-Content-Digest").flatMap { Digest($0) }
      guard told == nil || told == digest else {
        throw RegistryError(
          .invalid, "\(connection.domain) keeps another manifest than the one that was pushed",
          hint: "the registry, or something between, is broken or not honest")
      }
      return digest
    }
  }
}

extension Registry {
  /// Pushes the image of a name.
  package func push(
    _ reference: Reference, from store: ImageStore
  ) throws(RegistryError) -> PushResult {
    let image = try storing { () throws(Diagnostic) in try store.resolve(reference.description) }
    guard image.references.contains(reference) else {
      throw RegistryError(
        .local, "\(reference.familiar) is not a name to push to", hint: "give the image a NAME:TAG")
    }
    let neighbours = try storing { () throws(Diagnostic) in try store.list() }
    return try running { transport in
      let connection = try await connect(reference.domain, transport)
      return try await ImagePush(
        image: image, neighbours: neighbours, reference: reference, connection: connection,
        store: store,
        retrier: Retrier(settings: settings), progress: progress
      ).run()
    }
  }
}
