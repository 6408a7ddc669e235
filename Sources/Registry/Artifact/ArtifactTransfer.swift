import Glibc
import Image
import Linux
import Model
import State
import Transfer

// Artifacts are what registries keep besides images. Here they lie in a directory: the manifest as
// `manifest.json`, and each blob under the digits of its digest.
extension Registry {
  /// By which digest the registry knows a name: that of the index, if there is one.
  package func digest(of reference: Reference) throws(RegistryError) -> Digest {
    try running { transport in
      try await fetch(reference, await connect(reference.domain, transport)).digest
    }
  }

  /// Writes an artifact into a directory that is there and empty.
  package func fetchArtifact(
    _ reference: Reference, into directory: String
  ) throws(RegistryError) -> Digest {
    try running { transport in
      let connection = try await connect(reference.domain, transport)
      let fetched = try await fetch(reference, connection)
      let manifest = try ArtifactLimits.manifest(fetched.json, reference)
      for layer in manifest.layers {
        let path = ArtifactLimits.path(of: layer.digest, in: directory)
        guard !Files.exists(path) else { continue }
        try await BlobDownload(
          connection: connection, repository: reference.path, blob: layer, path: path,
          retrier: Retrier(settings: settings), progress: progress
        ).run()
      }
      try ArtifactLimits.keeping { () throws(SyscallError) in
        try Files.writeAtomically(
          "\(directory)/\(ArtifactLimits.manifestName)", fetched.bytes, mode: 0o600)
      }
      return fetched.digest
    }
  }

  /// Sends an artifact that lies in a directory, and names it.
  package func pushArtifact(
    _ reference: Reference, from directory: String
  ) throws(RegistryError) -> PushResult {
    try running { transport in
      let connection = try await connect(reference.domain, transport)
      let bytes = try ArtifactLimits.keeping { () throws(SyscallError) in
        try Files.read(
          "\(directory)/\(ArtifactLimits.manifestName)", limit: ManifestFetch.sizeLimit)
      }
      let manifest = try ArtifactLimits.manifest((try? JSON.parse(bytes)) ?? .null, reference)
      for blob in [manifest.configuration] + manifest.layers {
        let path = ArtifactLimits.path(of: blob.digest, in: directory)
        _ = try await BlobUpload(
          connection: connection, repository: reference.path, blob: blob,
          content: {
            try ArtifactLimits.keeping { () throws(SyscallError) in
              try Files.open(path, O_RDONLY)
            }
          }, name: blob.digest.short, sources: [], retrier: Retrier(settings: settings),
          progress: progress
        ).run()
      }
      return try await send(bytes, manifest, reference, connection)
    }
  }

  private func fetch(
    _ reference: Reference, _ connection: RegistryConnection
  ) async throws -> FetchedManifest {
    let name = reference.digest?.description ?? reference.tagged.tag ?? "latest"
    return try await ManifestFetch(
      connection: connection, repository: reference.path, subject: reference.familiar,
      retrier: Retrier(settings: settings)
    ).fetch(name, digest: reference.digest)
  }

  private func send(
    _ bytes: [UInt8], _ manifest: Manifest, _ reference: Reference,
    _ connection: RegistryConnection
  ) async throws -> PushResult {
    let digest = Digest.sha256(of: bytes)
    let name = reference.tagged.tag ?? digest.description
    let call = HTTPCall(
      .put, connection.address(reference.path, "manifests/\(name)"),
      headers: [("Content-Type", manifest.mediaType)], body: bytes)
    return try await Retrier(settings: settings).run {
      let reply = try await connection.send(
        call, scopes: ["repository:\(reference.path):pull,push"])
      guard reply.status == 201 || reply.status == 200 else {
        throw ReplyFailure.final(
          reply, domain: connection.domain, subject: reference.familiar)
      }
      return PushResult(digest: digest, size: bytes.count)
    }
  }
}

/// What an artifact may be made of: files of text, not the layers of an image.
private enum ArtifactLimits {
  static let manifestName = "manifest.json"
  /// The most bytes of a layer, which are as many as a Compose file may have.
  static let layerSize: Int64 = 16 << 20

  static func path(of digest: Digest, in directory: String) -> String {
    "\(directory)/\(digest.hex)"
  }

  static func keeping<Value>(
    _ body: () throws(SyscallError) -> Value
  ) throws(RegistryError) -> Value {
    do throws(SyscallError) { return try body() } catch {
      throw RegistryError(.local, Diagnostic(.error, "\(error)", hint: error.hint))
    }
  }

  static func manifest(
    _ json: JSON, _ reference: Reference
  ) throws(RegistryError) -> Manifest {
    let manifest = try storing { () throws(Diagnostic) in
      try Manifest(json: json, in: "the manifest of \(reference.familiar)")
    }
    if let large = manifest.layers.first(where: { $0.size > layerSize }) {
      throw RegistryError(
        .invalid,
        "\(reference.familiar) has a layer of \(large.size) bytes; a file of a project has at most "
          + "\(layerSize)", hint: "if it is an image, name it as `image` of a service")
    }
    return manifest
  }
}
