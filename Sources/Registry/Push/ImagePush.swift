import Image
import Model
import NIOCore
import NIOHTTP1
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
    for layer in layers { progress.report(layer.digest.short, .preparing) }
    let gate = Gate(retrier.settings.parallelTransfers)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for layer in layers {
        group.addTask {
          try await gate.pass {
            let outcome = try await upload(layer, progress)
            progress.report(layer.digest.short, Self.phase(outcome))
          }
        }
      }
      try await group.waitForAll()
    }
    _ = try await upload(manifest.configuration, SilentTransfer())
    let digest = try await send(bytes, manifest)
    try storing { () throws(Diagnostic) in
      try store.noteRepositoryDigest(reference.at(digest), of: image, pushedAs: reference)
    }
    return PushResult(digest: digest, size: bytes.count)
  }

  private func upload(
    _ blob: Descriptor, _ progress: any TransferProgress
  ) async throws -> BlobUpload.Outcome {
    var retrier = retrier
    retrier.onRetry = {
      progress.report(blob.digest.short, .retrying(seconds: $0, reason: $1))
    }
    return try await BlobUpload(
      connection: connection, repository: repository, blob: blob, store: store,
      sources: sources(of: blob), retrier: retrier, progress: progress
    ).run()
  }

  /// The other repositories of the same registry that have a blob: those that this machine got
  /// an image with it from, or brought one to.
  private func sources(of blob: Descriptor) -> [String] {
    var found: [String] = []
    for other in neighbours where other.layers.contains(where: { $0.blob.digest == blob.digest }) {
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
      .PUT, connection.address(repository, "manifests/\(name)"),
      headers: [("Content-Type", manifest.mediaType)], body: ByteBuffer(bytes: bytes))
    return try await retrier.run {
      let reply = try await connection.send(call, scopes: ["repository:\(repository):pull,push"])
      guard reply.status == 201 || reply.status == 200 else {
        throw await ReplyFailure.final(
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
  public func push(
    _ reference: Reference, from store: ImageStore
  ) throws(RegistryError) -> PushResult {
    let image = try storing { () throws(Diagnostic) in try store.resolve(reference.description) }
    guard image.references.contains(reference) else {
      throw RegistryError(
        .local, "\(reference.familiar) is no name to push to", hint: "give the image a NAME:TAG")
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
