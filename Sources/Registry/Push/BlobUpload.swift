import Glibc
import Image
import Linux
import Model
import NIOCore
import NIOHTTP1
import State
import Transfer

/// Brings one blob to a registry, unless it is there already.
///
/// Source: OCI distribution specification, "Pushing blobs".
struct BlobUpload: Sendable {
  /// What became of it.
  enum Outcome: Sendable, Hashable {
    case uploaded
    case alreadyThere
    case mounted(from: String)
  }

  /// Opens the bytes, once they are wanted.
  typealias Content = @Sendable () async throws -> OwnedDescriptor

  let connection: RegistryConnection
  let repository: String
  let blob: Descriptor
  let content: Content
  /// What progress calls it.
  let name: String
  /// Repositories of the same registry that are known to have the blob.
  let sources: [String]
  let retrier: Retrier
  let progress: any TransferProgress

  /// Pieces of this size fit in memory, and little is lost when one has to be sent again.
  private static let pieceSize: Int64 = 8 << 20

  private var scopes: [String] { ["repository:\(repository):pull,push"] }

  func run() async throws -> Outcome {
    if try await isThere() { return .alreadyThere }
    var failures = 0
    while true {
      do {
        try Task.checkCancellation()
        return try await upload()
      } catch let transient as TransientFailure {
        failures += 1
        try await retrier.pause(after: transient, failures: failures)
      }
    }
  }

  private func isThere() async throws -> Bool {
    try await retrier.run {
      let reply = try await connection.send(
        HTTPCall(.HEAD, connection.address(repository, "blobs/\(blob.digest)")), scopes: scopes)
      switch reply.status {
      case 200: return true
      case 404: return false
      default: throw await refusal(reply)
      }
    }
  }

  private func upload() async throws -> Outcome {
    if let source = sources.first {
      do {
        let (reply, isMounted) = try await begin(mounting: source)
        // A registry that does not mount begins an ordinary upload in its place.
        return isMounted ? .mounted(from: source) : try await send(to: location(of: reply))
      } catch let error as RegistryError where [.denied, .notFound].contains(error.kind) {
        // To have got a blob from a repository does not mean to be allowed to mount it.
      }
    }
    let (reply, _) = try await begin(mounting: nil)
    return try await send(to: location(of: reply))
  }

  private func begin(mounting source: String?) async throws -> (HTTPReply, isMounted: Bool) {
    var address = connection.address(repository, "blobs/uploads/")
    var scopes = scopes
    if let source {
      address = address.adding("mount", blob.digest.description).adding("from", source)
      scopes.append("repository:\(source):pull")
    }
    let reply = try await connection.send(
      HTTPCall(.POST, address), scopes: scopes)
    switch reply.status {
    case 201 where source != nil: return (reply, true)
    case 202: return (reply, false)
    default: throw await refusal(reply)
    }
  }

  // MARK: The bytes

  private func send(to location: WebAddress) async throws -> Outcome {
    let file = try await content()
    let total = blob.size
    var meter = ByteMeter(name, progress) { .pushing(done: $0, total: total) }
    var location = location
    var sent: Int64 = 0
    if total <= Self.pieceSize {
      try await complete(at: location, with: try piece(file, at: 0))
      return .uploaded
    }
    var failures = 0
    while sent < total {
      do {
        (location, sent) = try await sendPiece(try piece(file, at: sent), at: sent, to: location)
        failures = 0
        meter.report(sent)
      } catch let transient as TransientFailure {
        failures += 1
        try await retrier.pause(after: transient, failures: failures)
        (location, sent) = try await position(at: location)
      }
    }
    try await complete(at: location, with: ByteBuffer())
    return .uploaded
  }

  private func piece(_ file: OwnedDescriptor, at offset: Int64) throws -> ByteBuffer {
    let length = Int(min(Self.pieceSize, blob.size - offset))
    var buffer = ByteBuffer()
    buffer.reserveCapacity(length)
    while buffer.readableBytes < length {
      let place = Int(offset) + buffer.readableBytes
      let rest = length - buffer.readableBytes
      let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: rest) { bytes in
        max(0, pread(file.raw, bytes.baseAddress, rest, place))
      }
      guard count > 0 else {
        throw RegistryError(.local, "the blob \(blob.digest) in the image store is damaged")
      }
    }
    return buffer
  }

  /// Sends a piece; returns where to go on, and how much the registry has.
  private func sendPiece(
    _ bytes: ByteBuffer, at offset: Int64, to location: WebAddress
  ) async throws -> (WebAddress, Int64) {
    let end = offset + Int64(bytes.readableBytes)
    let reply = try await connection.send(
      HTTPCall(
        .PATCH, location,
        headers: [
          ("Content-Type", "application/octet-stream"), ("Content-Range", "\(offset)-\(end - 1)"),
        ], body: bytes), scopes: scopes)
    switch reply.status {
    case 202: return (try self.location(of: reply), end)
    case 416: return try await position(at: location)
    default: throw await refusal(reply)
    }
  }

  /// Asks how much of the upload the registry has.
  private func position(at location: WebAddress) async throws -> (WebAddress, Int64) {
    let reply = try await connection.send(HTTPCall(.GET, location), scopes: scopes)
    guard reply.status == 204 else { throw await refusal(reply) }
    let range = reply.headers.first(name: "Range") ?? ""
    let last = range.split(separator: "-").last.flatMap { Int64($0) }
    // "0-0" is nothing or one byte: to send that one again does no harm.
    let count = last.map { $0 == 0 ? 0 : $0 + 1 } ?? 0
    guard count <= blob.size else { throw await refusal(reply) }
    return (try self.location(of: reply), count)
  }

  private func complete(at location: WebAddress, with bytes: ByteBuffer) async throws {
    let reply = try await connection.send(
      HTTPCall(
        .PUT, location.adding("digest", blob.digest.description),
        headers: [("Content-Type", "application/octet-stream")], body: bytes), scopes: scopes)
    guard reply.status == 201 || reply.status == 204 else { throw await refusal(reply) }
  }

  private func location(of reply: HTTPReply) throws(RegistryError) -> WebAddress {
    let text = reply.headers.first(name: "Location") ?? ""
    guard let address = reply.address.following(text), connection.settings.permits(address) else {
      throw RegistryError(
        .invalid, "\(connection.domain) names no place for an upload that can be used: '\(text)'")
    }
    return address
  }

  private func refusal(_ reply: HTTPReply) async -> RegistryError {
    await ReplyFailure.final(
      reply, domain: connection.domain, subject: "the repository \(repository)")
  }
}
