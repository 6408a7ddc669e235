import Image
import Model
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

  /// What comes in; the threads of the requests fill it, one after the other.
  private struct Reception: ~Copyable {
    var partial: PartialBlob
    var meter: ByteMeter

    mutating func take(_ bytes: UnsafeRawBufferPointer) throws {
      try partial.append(bytes)
      meter.report(partial.count)
    }
  }

  func run() async throws {
    let total = blob.size
    let reception = Guarded(
      Reception(
        partial: try PartialBlob(path: path, expected: blob),
        meter: ByteMeter(blob.digest.short, progress) { .downloading(done: $0, total: total) }))
    var wrongDigests = 0
    while true {
      try await receive(reception)
      if reception.use({ $0.partial.isRight }) { return }
      wrongDigests += 1
      guard wrongDigests < Self.mostWrongDigests else {
        throw RegistryError(
          .invalid, "\(connection.domain) sent a blob that has not the digest \(blob.digest)",
          hint: "the registry, or something between, is broken or not honest")
      }
      try reception.use { try $0.partial.restart() }
    }
  }

  /// Receives until the blob has all its bytes.
  private func receive(_ reception: Guarded<Reception>) async throws {
    var failures = 0
    var count = reception.use { $0.partial.count }
    while count < blob.size || blob.size == 0 {
      let before = count
      do {
        try Task.checkCancellation()
        defer { count = reception.use { $0.partial.count } }
        try await receiveOnce(reception, from: before)
        if reception.use({ $0.partial.isFull }) { return }
        let received = reception.use { $0.partial.count }
        throw TransientFailure(
          failure: RegistryError(
            .invalid,
            "\(connection.domain) sent \(received) of the \(blob.size) bytes of \(blob.digest)"))
      } catch let transient as TransientFailure {
        failures = count > before ? 1 : failures + 1
        try await retrier.pause(after: transient, failures: failures)
      }
    }
  }

  private func receiveOnce(_ reception: Guarded<Reception>, from start: Int64) async throws {
    var call = HTTPCall(.get, connection.address(repository, "blobs/\(blob.digest)"))
    if start > 0 { call.headers.append(("Range", "bytes=\(start)-")) }
    let reply = try await connection.send(call, scopes: ["repository:\(repository):pull"]) {
      reply in
      switch reply.status {
      case 200: try reception.use { try $0.partial.restart() }
      case 206 where Self.rangeStart(reply) == start: break
      default: return nil
      }
      return { bytes in try reception.use { try $0.take(bytes) } }
    }
    switch reply.status {
    case 200: return
    case 206 where Self.rangeStart(reply) == start: return
    case 206, 416: try reception.use { try $0.partial.restart() }
    default:
      throw ReplyFailure.final(
        reply, domain: connection.domain, subject: "the blob \(blob.digest)")
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
