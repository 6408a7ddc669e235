import AsyncHTTPClient
import Image
import Model
import NIOCore
import NIOHTTP1
import State
import Transfer

/// Fetches one file from the web, for ADD and for build contexts.
///
/// A registry has nothing to do with it: no credentials of one are sent, and plain HTTP is allowed,
/// as it is in Docker. What matters is to be checked with `--checksum`.
struct FileFetch: Sendable {
  let request: RemoteFileRequest
  let transport: HTTPTransport
  let retrier: Retrier
  let progress: any TransferProgress

  private static let mostRedirections = 10
  private static let redirections = [301, 302, 303, 307, 308]

  func run() async throws -> RemoteFile? {
    guard let start = FetchAddress(request.address) else {
      throw RegistryError(
        .invalid, "'\(request.address)' is no web address", hint: "such as https://HOST/PATH")
    }
    do {
      return try await retrier.run { try await attempt(start) }
    } catch let failure as RegistryError {
      throw Self.explained(failure, start)
    }
  }

  private func attempt(_ start: FetchAddress) async throws -> RemoteFile? {
    let reply: HTTPReply
    do {
      reply = try await follow(start)
    } catch let transient as TransientFailure {
      // What is not there at first will not be a second later.
      throw transient.failure
    }
    if ReplyFailure.isTransient(reply.status) {
      throw TransientFailure(
        failure: failure(reply), retryAfter: ReplyFailure.retryAfter(reply.headers))
    }
    if reply.status == 304, request.knownTag != nil { return nil }
    guard reply.status == 200 else { throw failure(reply) }
    return try await receive(reply)
  }

  /// Asks, and goes where redirections lead. A password is for its own host only.
  private func follow(_ start: FetchAddress) async throws -> HTTPReply {
    var call = HTTPCall(.GET, start.address)
    for _ in 0...Self.mostRedirections {
      call.headers = [("Accept", "*/*")]
      if let tag = request.knownTag { call.headers.append(("If-None-Match", tag)) }
      if let authorization = start.authorization,
        call.address.hasSameOrigin(as: start.address)
      {
        call.headers.append(("Authorization", authorization))
      }
      let reply = try await transport.send(call)
      guard Self.redirections.contains(reply.status) else { return reply }
      let location = reply.headers.first(name: "Location") ?? ""
      guard let next = reply.address.following(FetchAddress.escaped(location)) else {
        throw RegistryError(
          .invalid,
          "\(start.address) redirects to what is no web address: '\(location)'")
      }
      call.address = next
    }
    throw RegistryError(.invalid, "\(start.address) redirects in circles")
  }

  private func receive(_ reply: HTTPReply) async throws -> RemoteFile {
    let length = reply.headers.first(name: "Content-Length").flatMap { Int64($0) }
    if let length, length > request.limit { throw tooLarge() }
    var file = try DownloadedFile(path: request.path)
    var meter = ByteMeter(reply.address.host, progress) {
      .downloading(done: $0, total: length ?? 0)
    }
    do {
      for try await buffer in reply.body {
        try Task.checkCancellation()
        guard file.count + Int64(buffer.readableBytes) <= request.limit else { throw tooLarge() }
        try file.append(buffer)
        if length != nil { meter.report(file.count) }
      }
    } catch {
      throw ConnectionFailure.translated(error, address: reply.address)
    }
    if let length, length != file.count {
      throw ConnectionFailure.transient(
        reply.address, "the connection was cut after \(file.count) of \(length) bytes")
    }
    return RemoteFile(
      digest: file.digest, size: file.count,
      modified: reply.headers.first(name: "Last-Modified").flatMap(HTTPDate.seconds),
      tag: reply.headers.first(name: "ETag"),
      name: reply.headers.first(name: "Content-Disposition").flatMap(ContentDisposition.fileName))
  }

  // MARK: Failures

  private func tooLarge() -> RegistryError {
    RegistryError(
      .invalid, "\(request.address) has more than \(request.limit) bytes",
      hint: "if it is to be trusted, raise the limit with ROOST_LAYER_SIZE_LIMIT=BYTES")
  }

  private static let reasons = [
    401: "it asks for a password", 403: "access is denied", 404: "there is nothing at this address",
    410: "it was removed", 429: "too many requests",
  ]

  private func failure(_ reply: HTTPReply) -> RegistryError {
    let kinds: [Int: RegistryError.Kind] = [
      401: .denied, 403: .denied, 404: .notFound, 410: .notFound, 429: .limited,
    ]
    let reason = Self.reasons[reply.status].map { " (\($0))" } ?? ""
    var place = reply.address.description
    if let start = FetchAddress(request.address)?.address, start != reply.address {
      place = "\(start), which redirects to \(place),"
    }
    return RegistryError(
      kinds[reply.status] ?? .invalid,
      "\(place) answers with status \(reply.status)\(reason)", hint: "check the address")
  }

  /// What is said about registries does not help here.
  private static func explained(
    _ failure: RegistryError, _ start: FetchAddress
  ) -> RegistryError {
    guard failure.kind == .unreachable else { return failure }
    var failure = failure
    failure.diagnostic.message = "cannot fetch \(start.address): \(failure.diagnostic.message)"
    failure.diagnostic.hint =
      "check the host's name, the network, and HTTP_PROXY or HTTPS_PROXY if there is a proxy"
    return failure
  }
}

extension Registry {
  /// Fetches a file from the web; nil when the content is that of the known tag.
  package func fetch(_ request: RemoteFileRequest) throws(RegistryError) -> RemoteFile? {
    var settings = settings
    settings.attempts = min(settings.attempts, 3)
    let retrier = Retrier(settings: settings)
    return try running { transport in
      try await FileFetch(
        request: request, transport: transport, retrier: retrier,
        progress: progress
      ).run()
    }
  }
}
