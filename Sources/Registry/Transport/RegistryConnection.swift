import Image
import Model
import NIOCore
import NIOHTTP1
import State
import Transfer

/// The way to one registry, or to a mirror of one: knows its address and how to be let in.
///
/// Source: OCI distribution specification.
final class RegistryConnection: Sendable {
  /// The registry as users name it.
  let domain: String
  /// The registry's address, with the path `/v2/`.
  let base: WebAddress
  let settings: RegistrySettings
  private let transport: HTTPTransport
  private let authorizer: Authorizer

  private static let mostRedirections = 10
  private static let dockerHost = "registry-1.docker.io"

  private init(
    domain: String, base: WebAddress, settings: RegistrySettings, transport: HTTPTransport,
    authorizer: Authorizer
  ) {
    self.domain = domain
    self.base = base
    self.settings = settings
    self.transport = transport
    self.authorizer = authorizer
  }

  /// Finds out how a registry wants to be spoken to.
  ///
  /// - Parameters:
  ///   - mirror: The mirror to speak to in the registry's place.
  ///   - credentials: Looks the credentials up when they are asked for.
  static func open(
    _ domain: String, mirror: String? = nil, settings: RegistrySettings, transport: HTTPTransport,
    credentials: @escaping @Sendable () throws(RegistryError) -> Credentials?
  ) async throws -> RegistryConnection {
    let addresses =
      try mirror.map { try [mirrorAddress($0, settings)] }
      ?? addresses(of: domain, settings: settings, transport: transport)
    var failure: (any Error)?
    for base in addresses {
      let connection = RegistryConnection(
        domain: domain, base: base, settings: settings, transport: transport,
        authorizer: Authorizer(
          domain: domain, settings: settings, transport: transport, credentials: credentials))
      do {
        try await connection.introduce()
        return connection
      } catch let error as RegistryError where error.kind == .unreachable {
        failure = error
      }
    }
    throw failure ?? RegistryError(.invalid, "'\(domain)' is no registry")
  }

  private static func mirrorAddress(
    _ mirror: String, _ settings: RegistrySettings
  ) throws(RegistryError) -> WebAddress {
    guard let address = WebAddress(mirror) else {
      throw RegistryError(.local, "the mirror '\(mirror)' is no web address")
    }
    let path = address.target.hasSuffix("/") ? address.target : address.target + "/"
    return address.at(path + "v2/")
  }

  /// HTTPS, and plain HTTP after it where that is allowed.
  private static func addresses(
    of domain: String, settings: RegistrySettings, transport: HTTPTransport
  ) throws -> [WebAddress] {
    let name = domain == "docker.io" ? dockerHost : domain
    guard let (host, port) = WebAddress.authority(name) else {
      throw RegistryError(.invalid, "'\(domain)' is no registry")
    }
    let secure = WebAddress(scheme: "https", host: host, port: port ?? 443, target: "/v2/")
    let plain = WebAddress(scheme: "http", host: host, port: port ?? 80, target: "/v2/")
    let isAllowed = settings.rules[domain]?.allowsPlainHTTP ?? false
    // Where certificates are, somebody wants them used.
    let isHere = secure.isLoopback && !transport.hasCertificates(for: secure)
    return isAllowed || isHere ? [secure, plain] : [secure]
  }

  /// The first request: whether this is a registry, and what it asks for.
  private func introduce() async throws {
    let reply = try await Retrier(settings: settings).run {
      let reply: HTTPReply
      do {
        reply = try await transport.send(HTTPCall(.GET, base))
      } catch let transient as TransientFailure {
        // A registry that is not there at first will not be a second later: no other attempt.
        throw transient.failure
      }
      guard !ReplyFailure.isTransient(reply.status) else {
        throw ReplyFailure.busy(reply, domain)
      }
      return reply
    }
    switch reply.status {
    case 200...299: return
    case 401: try await authorizer.learn(Challenge.parse(reply.headers["WWW-Authenticate"]))
    default:
      throw RegistryError(
        .invalid,
        "\(base.hostAndPort) is no registry: it answers \(base) with status "
          + "\(reply.status)", hint: "check the registry's name and port")
    }
  }

  /// The address of something in a repository, such as `manifests/latest`.
  func address(_ repository: String, _ path: String) -> WebAddress {
    base.at("\(base.target)\(repository)/\(path)")
  }

  /// Checks that the credentials are good; returns what may be kept in place of the password.
  func authenticate() async throws -> String? {
    let token = try await authorizer.identityToken()
    let reply = try await send(HTTPCall(.GET, base), scopes: [])
    guard (200...299).contains(reply.status) else {
      throw RegistryError(
        .denied, "\(domain) refuses the user name or password",
        hint: "check both; many registries want an access token in the password's place")
    }
    return token
  }

  /// Sends one request with what lets us in, follows redirections, and returns the beginning of
  /// the answer. Answers that ask to come later are thrown as `TransientFailure`.
  func send(_ call: HTTPCall, scopes: [String]) async throws -> HTTPReply {
    let first = try await authorizer.header(scopes)
    var reply = try await follow(call, authorization: first)
    if reply.status == 401, reply.address.hasSameOrigin(as: base) {
      let challenges = Challenge.parse(reply.headers["WWW-Authenticate"])
      await authorizer.forget(scopes, refused: first)
      if !challenges.isEmpty { try await authorizer.learn(challenges) }
      if let authorization = try await authorizer.header(scopes) {
        reply = try await follow(call, authorization: authorization)
      }
    }
    if ReplyFailure.isTransient(reply.status) { throw ReplyFailure.busy(reply, domain) }
    return reply
  }

  private func follow(_ call: HTTPCall, authorization: String?) async throws -> HTTPReply {
    var call = call
    let headers = call.headers
    for _ in 0...Self.mostRedirections {
      // A token is for the registry's eyes only, not for those of the storage behind it.
      let isHome = call.address.hasSameOrigin(as: base)
      call.headers = headers
      if isHome, let authorization { call.headers.append(("Authorization", authorization)) }
      let reply = try await transport.send(call)
      guard call.isReading, [301, 302, 303, 307, 308].contains(reply.status) else { return reply }
      call.address = try target(of: reply)
    }
    throw RegistryError(.invalid, "\(domain) redirects in circles: \(call.address.target)")
  }

  private func target(of reply: HTTPReply) throws(RegistryError) -> WebAddress {
    let location = reply.headers.first(name: "Location") ?? ""
    guard let next = reply.address.following(location) else {
      throw RegistryError(
        .invalid, "\(domain) redirects to what is no web address: '\(location)'")
    }
    guard settings.permits(next) else {
      throw RegistryError(
        .denied, "\(domain) redirects to \(next.hostAndPort) without encryption",
        hint: "allow it with \"plainHTTP\": true for \(next.hostAndPort) in "
          + RegistrySettings.defaultPath)
    }
    return next
  }
}
