import AsyncHTTPClient
import Image
import Model
import NIOCore
import NIOHTTP1
import State
import Transfer

/// Brings one blob to a file: goes on where a cut connection left off, and believes nothing that
/// it has not counted and hashed.
struct BlobDownload: Sendable {
  let connection: RegistryConnection
  let repository: String
  let blob: Descriptor
  let path: String
  let retrier: Retrier
  let progress: any TransferProgress

  /// A blob with a wrong digest is asked for once more: the cause may be a proxy between.
  private static let mostWrongDigests = 2

  func run() async throws {
    var partial = try PartialBlob(path: path, expected: blob)
    let total = blob.size
    var meter = ByteMeter(blob.digest.short, progress) { .downloading(done: $0, total: total) }
    var wrongDigests = 0
    while true {
      try await receive(&partial, &meter)
      if partial.isRight { return }
      wrongDigests += 1
      guard wrongDigests < Self.mostWrongDigests else {
        throw RegistryError(
          .invalid, "\(connection.domain) sent a blob that has not the digest \(blob.digest)",
          hint: "the registry, or something between, is broken or not honest")
      }
      try partial.restart()
    }
  }

  /// Receives until the blob has all its bytes.
  private func receive(_ partial: inout PartialBlob, _ meter: inout ByteMeter) async throws {
    var failures = 0
    while !partial.isFull || blob.size == 0 {
      let before = partial.count
      do {
        try Task.checkCancellation()
        try await receiveOnce(&partial, &meter)
        if partial.isFull { return }
        throw TransientFailure(
          failure: RegistryError(
            .invalid,
            "\(connection.domain) sent \(partial.count) of the \(blob.size) bytes of "
              + "\(blob.digest)"))
      } catch let transient as TransientFailure {
        failures = partial.count > before ? 1 : failures + 1
        try await retrier.pause(after: transient, failures: failures)
      }
    }
  }

  private func receiveOnce(
    _ partial: inout PartialBlob, _ meter: inout ByteMeter
  ) async throws {
    var call = HTTPCall(.GET, connection.address(repository, "blobs/\(blob.digest)"))
    if partial.count > 0 { call.headers.append(("Range", "bytes=\(partial.count)-")) }
    let reply = try await connection.send(call, scopes: ["repository:\(repository):pull"])
    switch reply.status {
    case 200: try partial.restart()
    case 206:
      guard Self.rangeStart(reply) == partial.count else { return try partial.restart() }
    case 416: return try partial.restart()
    default:
      throw await ReplyFailure.final(
        reply, domain: connection.domain, subject: "the blob \(blob.digest)")
    }
    do {
      for try await buffer in reply.body {
        try partial.append(buffer)
        meter.report(partial.count)
      }
    } catch {
      throw ConnectionFailure.translated(error, address: reply.address)
    }
  }

  /// Where the bytes of an answer begin. Source: RFC 9110, section 14.4.
  private static func rangeStart(_ reply: HTTPReply) -> Int64? {
    guard let text = reply.headers.first(name: "Content-Range"), text.hasPrefix("bytes ") else {
      return nil
    }
    return Int64(text.dropFirst(6).prefix { $0 != "-" })
  }
}
