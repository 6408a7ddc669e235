import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import State
import Synchronization
import Transfer

/// One request.
struct HTTPCall: Sendable {
  var method: HTTPMethod
  var address: WebAddress
  var headers: [(name: String, value: String)] = []
  var body: ByteBuffer?

  init(
    _ method: HTTPMethod, _ address: WebAddress, headers: [(name: String, value: String)] = [],
    body: ByteBuffer? = nil
  ) {
    self.method = method
    self.address = address
    self.headers = headers
    self.body = body
  }

  /// True when it may be sent to where a redirection points.
  var isReading: Bool { method == .GET || method == .HEAD }
}

/// The beginning of an answer; the body is read later.
struct HTTPReply: Sendable {
  var status: Int
  var headers: HTTPHeaders
  var body: HTTPClientResponse.Body
  /// Where it came from, after redirections.
  var address: WebAddress

  /// The bytes of a small body.
  func bytes(limit: Int) async throws -> [UInt8] {
    do {
      return Array(try await body.collect(upTo: limit).readableBytesView)
    } catch is NIOTooManyBytesError {
      throw RegistryError(
        .invalid, "\(address.hostAndPort) sent more than \(limit) bytes for \(address.target)")
    } catch {
      throw ConnectionFailure.translated(error, address: address)
    }
  }
}

/// Sends single requests. Knows certificates and proxies, but nothing of registries.
final class HTTPTransport: Sendable {
  private struct State {
    var clients: [ProxyChoice.Proxy?: HTTPClient] = [:]
    var encryption: [String: TLSConfiguration] = [:]
  }

  private let settings: RegistrySettings
  private let proxies: ProxyChoice
  private let state = Mutex(State())

  init(_ settings: RegistrySettings) {
    self.settings = settings
    proxies = ProxyChoice(environment: settings.environment)
  }

  /// Closes all connections. To be called before it goes.
  func close() async {
    let clients = state.withLock { state in
      defer { state.clients = [:] }
      return Array(state.clients.values)
    }
    for client in clients { try? await client.shutdown() }
  }

  /// Sends a request and returns the beginning of the answer.
  ///
  /// Throws `TransientFailure` for what may be gone at the next attempt.
  func send(_ call: HTTPCall) async throws -> HTTPReply {
    var request = HTTPClientRequest(url: call.address.description)
    request.method = call.method
    for header in call.headers { request.headers.add(name: header.name, value: header.value) }
    request.headers.replaceOrAdd(name: "User-Agent", value: "roost")
    if let body = call.body { request.body = .bytes(body) }
    if call.address.scheme == "https" {
      request.tlsConfiguration = try encryption(for: call.address)
    }
    do {
      let client = try client(for: call.address)
      let response = try await client.execute(request, deadline: .distantFuture)
      return HTTPReply(
        status: Int(response.status.code), headers: response.headers, body: response.body,
        address: call.address)
    } catch {
      throw ConnectionFailure.translated(error, address: call.address)
    }
  }

  /// True when certificates are configured for a host, which then surely speaks TLS.
  func hasCertificates(for address: WebAddress) -> Bool {
    !certificates(for: address).isEmpty
  }

  private func certificates(for address: WebAddress) -> CertificateDirectory {
    CertificateDirectory(
      settings.certificateDirectories, host: address.host, port: address.port,
      isUsualPort: address.isUsualPort)
  }

  private func encryption(for address: WebAddress) throws -> TLSConfiguration {
    if let known = state.withLock({ $0.encryption[address.hostAndPort] }) { return known }
    var configuration = TLSConfiguration.makeClientConfiguration()
    try certificates(for: address).apply(to: &configuration)
    if settings.rule(for: address)?.skipsVerification ?? false {
      configuration.certificateVerification = .none
    }
    let made = configuration
    state.withLock { $0.encryption[address.hostAndPort] = made }
    return made
  }

  private func client(for address: WebAddress) throws(RegistryError) -> HTTPClient {
    let proxy = try proxies.proxy(for: address)
    return state.withLock { state in
      if let client = state.clients[proxy] { return client }
      var configuration = HTTPClient.Configuration(
        redirectConfiguration: .disallow,
        timeout: .init(
          connect: TimeAmount(settings.connectLimit), read: TimeAmount(settings.silenceLimit)),
        proxy: proxy?.configuration)
      // What is to be done about a refused connection is decided by whoever asked for it.
      configuration.connectionPool.retryConnectionEstablishment = false
      configuration.httpVersion = .http1Only
      let client = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: configuration)
      state.clients[proxy] = client
      return client
    }
  }
}

extension RegistrySettings {
  /// What is configured about a host that is spoken to.
  func rule(for address: WebAddress) -> Rule? {
    rules["\(address.host):\(address.port)"] ?? rules[address.host]
  }

  /// True when `address` may be used as it is: encrypted, on this machine, or allowed.
  func permits(_ address: WebAddress) -> Bool {
    address.scheme == "https" || address.isLoopback
      || (rule(for: address)?.allowsPlainHTTP ?? false)
  }
}
