import Image
import Model
import NIOHTTP1
import State
import Transfer

/// A manifest or index as the registry sent it; its digest is that of the bytes.
struct FetchedManifest: Sendable {
  var bytes: [UInt8]
  var mediaType: String
  var digest: Digest
  var json: JSON

  var descriptor: Descriptor {
    Descriptor(mediaType: mediaType, digest: digest, size: Int64(bytes.count))
  }
}

/// Gets manifests of one repository.
struct ManifestFetch: Sendable {
  let connection: RegistryConnection
  let repository: String
  /// What is asked for, as users name it.
  let subject: String
  let retrier: Retrier

  /// The most bytes of a manifest, as registries limit them.
  static let sizeLimit = 4 << 20

  private static let accepted = [
    MediaType.manifest, MediaType.index, MediaType.dockerManifest, MediaType.dockerManifestList,
  ].joined(separator: ", ")

  /// Gets the manifest of a tag or digest; `expected` is what an index says about it.
  func fetch(
    _ name: String, digest: Digest?, expected: Descriptor? = nil
  ) async throws -> FetchedManifest {
    let call = HTTPCall(
      .GET, connection.address(repository, "manifests/\(name)"),
      headers: [("Accept", Self.accepted)])
    return try await retrier.run {
      let reply = try await connection.send(call, scopes: ["repository:\(repository):pull"])
      guard reply.status == 200 else {
        throw await ReplyFailure.final(reply, domain: connection.domain, subject: subject)
      }
      let bytes = try await reply.bytes(limit: Self.sizeLimit)
      try check(bytes, reply, digest: digest, expected: expected)
      return try manifest(bytes, reply)
    }
  }

  private func check(
    _ bytes: [UInt8], _ reply: HTTPReply, digest: Digest?, expected: Descriptor?
  ) throws(RegistryError) {
    let actual = Digest.sha256(of: bytes)
    let promised =
      digest
      ?? reply.headers.first(name: "Docker-Content-Digest").flatMap { Digest($0) }
    if let promised, promised != actual {
      throw RegistryError(
        .invalid,
        "\(connection.domain) sent a manifest of \(subject) with the digest \(actual) instead of "
          + "\(promised)", hint: "the registry, or something between, is broken or not honest")
    }
    if let expected, expected.size != Int64(bytes.count) {
      throw RegistryError(
        .invalid,
        "\(connection.domain) sent a manifest of \(subject) with \(bytes.count) bytes instead of "
          + "\(expected.size)")
    }
  }

  private func manifest(
    _ bytes: [UInt8], _ reply: HTTPReply
  ) throws(RegistryError) -> FetchedManifest {
    let json: JSON
    do throws(JSONError) { json = try JSON.parse(bytes, maximumDepth: 64) } catch {
      throw RegistryError(
        .invalid,
        "\(connection.domain) sent a manifest of \(subject) that is not understood: "
          + "\(error)")
    }
    if json["schemaVersion"]?.intValue == 1 {
      throw RegistryError(
        .invalid, "\(subject) has a manifest of schema version 1, which is no longer in use",
        hint: "push the image again with a current tool")
    }
    let header = reply.headers.first(name: "Content-Type")?.prefix { $0 != ";" }
    let type = json["mediaType"]?.stringValue ?? header.map { $0.filter { $0 != " " } } ?? ""
    let isIndex = json["manifests"] != nil
    let fallback = isIndex ? MediaType.index : MediaType.manifest
    let known = isIndex ? MediaType.isIndex(type) : MediaType.isManifest(type)
    return FetchedManifest(
      bytes: bytes, mediaType: known ? type : fallback, digest: Digest.sha256(of: bytes),
      json: json)
  }
}
