import Image
import Model
import NIOCore
import NIOHTTP1
import State
import Transfer

/// Knows what to say to one registry to be let in: nothing, a password, or a token.
///
/// Source: distribution specification, "Token authentication" and "OAuth2 token".
actor Authorizer {
  private struct Token {
    var text: String
    var end: ContinuousClock.Instant

    var header: String { "Bearer \(text)" }
  }

  private let domain: String
  private let settings: RegistrySettings
  private let transport: HTTPTransport
  private let findCredentials: @Sendable () throws(RegistryError) -> Credentials?
  private var credentials: Credentials?
  private var hasLooked = false
  private var challenge: Challenge?
  private var tokens: [String: Token] = [:]
  /// What is being asked for: layers that start at once share one token.
  private var pending: [String: Task<Token, any Error>] = [:]

  /// A little before a token ends it is not used any more: the way takes time too.
  private static let margin: Duration = .seconds(5)
  /// Source: distribution specification: 60 seconds unless told otherwise.
  private static let usualLife: Int64 = 60
  private static let answerLimit = 1 << 20

  init(
    domain: String, settings: RegistrySettings, transport: HTTPTransport,
    credentials: @escaping @Sendable () throws(RegistryError) -> Credentials?
  ) {
    self.domain = domain
    self.settings = settings
    self.transport = transport
    findCredentials = credentials
  }

  /// Takes note of what the registry asks for. Throws when nothing of it can be given.
  func learn(_ challenges: [Challenge]) throws {
    let known =
      challenges.first { $0.scheme == "bearer" && $0.parameters["realm"] != nil }
      ?? challenges.first { $0.scheme == "basic" }
    guard let known else {
      let names = challenges.map(\.scheme).joined(separator: ", ")
      throw RegistryError(
        .denied, "\(domain) asks for a way of identification that roost does not know: \(names)")
    }
    challenge = known
  }

  /// True when the registry has said what it wants.
  var isInformed: Bool { challenge != nil }

  /// The `Authorization` header for a scope, such as `repository:library/redis:pull`.
  func header(_ scopes: [String]) async throws -> String? {
    switch challenge?.scheme {
    case nil: return nil
    case "basic":
      guard case .password(let user, let secret)? = try knownCredentials() else { return nil }
      return Self.basic(user, secret)
    default:
      let key = scopes.joined(separator: " ")
      if let token = tokens[key], token.end > .now { return token.header }
      return try await token(scopes, key: key).header
    }
  }

  private func token(_ scopes: [String], key: String) async throws -> Token {
    if let task = pending[key] { return try await task.value }
    let task = Task { try await fetch(scopes) }
    pending[key] = task
    defer { pending[key] = nil }
    let token = try await task.value
    tokens[key] = token
    return token
  }

  /// Forgets the token that was refused; another may have got a newer one meanwhile.
  func forget(_ scopes: [String], refused header: String?) {
    let key = scopes.joined(separator: " ")
    if tokens[key]?.header == header { tokens[key] = nil }
  }

  /// Asks for a token without a scope; returns what may be kept in place of the password.
  func identityToken() async throws -> String? {
    guard challenge?.scheme == "bearer" else { return nil }
    let answer = try await answer(to: tokenCall([], wantsIdentity: true))
    return answer["refresh_token"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
  }

  private func knownCredentials() throws -> Credentials? {
    if !hasLooked {
      credentials = try findCredentials()
      hasLooked = true
    }
    return credentials
  }

  private static func basic(_ user: String, _ secret: String) -> String {
    "Basic " + Base64.encode("\(user):\(secret)")
  }

  // MARK: Tokens

  private func fetch(_ scopes: [String]) async throws -> Token {
    let answer = try await answer(to: tokenCall(scopes, wantsIdentity: false))
    guard let text = (answer["token"] ?? answer["access_token"])?.stringValue, !text.isEmpty,
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { throw RegistryError(.invalid, "the token service of \(domain) gave no token") }
    let life = max(answer["expires_in"]?.intValue ?? Self.usualLife, 0)
    return Token(text: text, end: .now + .seconds(min(life, 86_400)) - Self.margin)
  }

  private func answer(to call: HTTPCall) async throws -> JSON {
    let reply = try await transport.send(call)
    let bytes = try await reply.bytes(limit: Self.answerLimit)
    switch reply.status {
    case 200: break
    case 429, 500...: throw ReplyFailure.busy(reply, domain)
    default:
      throw RegistryError(
        .denied,
        "\(domain) refuses the user name or password" + ReplyFailure.details(bytes),
        hint: "use 'roost login \(domain)'")
    }
    guard let json = try? JSON.parse(bytes), json.objectValue != nil else {
      throw RegistryError(
        .invalid, "the token service of \(domain) gave an answer that is not understood")
    }
    return json
  }

  private func tokenCall(_ scopes: [String], wantsIdentity: Bool) throws -> HTTPCall {
    let realm = challenge?.parameters["realm"] ?? ""
    guard var address = WebAddress(realm) else {
      throw RegistryError(
        .invalid, "the token service that \(domain) names is no web address: '\(realm)'")
    }
    guard settings.permits(address) || settings.rules[domain]?.allowsPlainHTTP ?? false else {
      throw RegistryError(
        .denied, "the token service of \(domain) is not encrypted: \(realm)",
        hint: "allow it with \"plainHTTP\": true for \(address.hostAndPort) in "
          + RegistrySettings.defaultPath)
    }
    var parameters: [(String, String)] = []
    if let service = challenge?.parameters["service"] { parameters.append(("service", service)) }
    switch try knownCredentials() {
    case .identityToken(let token):
      if !scopes.isEmpty { parameters.append(("scope", scopes.joined(separator: " "))) }
      parameters += [
        ("client_id", "roost"), ("grant_type", "refresh_token"), ("refresh_token", token),
      ]
      let form = parameters.map { name, value in
        "\(name)=\(PercentEncoding.encode(value, keeping: PercentEncoding.isUnreserved))"
      }.joined(separator: "&")
      return HTTPCall(
        .POST, address, headers: [("Content-Type", "application/x-www-form-urlencoded")],
        body: ByteBuffer(string: form))
    case .password(let user, let secret):
      parameters.append(("account", user))
      if wantsIdentity { parameters += [("client_id", "roost"), ("offline_token", "true")] }
      for scope in scopes { parameters.append(("scope", scope)) }
      for parameter in parameters { address = address.adding(parameter.0, parameter.1) }
      return HTTPCall(
        .GET, address, headers: [("Authorization", Self.basic(user, secret))])
    case nil:
      for scope in scopes { parameters.append(("scope", scope)) }
      for parameter in parameters { address = address.adding(parameter.0, parameter.1) }
      return HTTPCall(.GET, address)
    }
  }
}
