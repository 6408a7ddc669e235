import Linux
import State
import Synchronization
import Transfer

/// Sends single requests. Knows certificates and proxies, but nothing of registries.
final class HTTPTransport: Sendable {
  private struct State {
    /// The handles that nobody uses just now, with the service that they are connected to.
    var idle: [(origin: String, handle: CurlHandle)] = []
    var encryption: [String: ClientEncryption] = [:]
  }

  private let settings: RegistrySettings
  private let proxies: ProxyChoice
  private let state = Mutex(State())

  init(_ settings: RegistrySettings) {
    self.settings = settings
    proxies = ProxyChoice(environment: settings.environment)
  }

  /// Sends a request and returns the answer. A small body comes with it; a large one goes to what
  /// `receiver` names, and what is thrown there ends the request.
  ///
  /// Throws `TransientFailure` for what may be gone at the next attempt.
  func send(_ call: HTTPCall, receiver: BodyReceiver? = nil) async throws -> HTTPReply {
    let options = try options(for: call.address)
    let origin = "\(call.address.scheme)://\(call.address.hostAndPort)"
    let handle = try takeHandle(origin)
    handle.prepare()
    let reply = try await withTaskCancellationHandler {
      try await onOwnThread {
        try handle.perform(call, options, receiver: receiver, report: self.report)
      }
    } onCancel: {
      handle.cancel()
    }
    // After a failure its connections are of doubtful use.
    state.withLock { $0.idle.append((origin, handle)) }
    return reply
  }

  /// Each request passes here when it is over.
  private func report(_ report: RequestReport) { settings.onRequest?(report) }

  private func takeHandle(_ origin: String) throws(RegistryError) -> CurlHandle {
    let idle: CurlHandle? = state.withLock { state in
      guard let place = state.idle.lastIndex(where: { $0.origin == origin }) else { return nil }
      return state.idle.remove(at: place).handle
    }
    if let idle { return idle }
    return try CurlHandle()
  }

  private func options(for address: WebAddress) throws(RegistryError) -> TransferOptions {
    var options = TransferOptions(
      proxy: try proxies.proxy(for: address), connectLimit: settings.connectLimit,
      silenceLimit: settings.silenceLimit)
    guard address.scheme == "https" else { return options }
    options.encryption = try encryption(for: address)
    options.verifies = !(settings.rule(for: address)?.skipsVerification ?? false)
    return options
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

  private func encryption(for address: WebAddress) throws(RegistryError) -> ClientEncryption {
    if let known = state.withLock({ $0.encryption[address.hostAndPort] }) { return known }
    let made = try certificates(for: address).read()
    state.withLock { $0.encryption[address.hostAndPort] = made }
    return made
  }
}

/// Runs what blocks on a thread of its own: there are only few of the other kind.
func onOwnThread<Value: Sendable>(
  _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
  let pending = Mutex<(@Sendable () throws -> Value)?>(body)
  return try await withCheckedThrowingContinuation { continuation in
    do throws(SyscallError) {
      try WorkerThread.detach {
        let result = Result { () throws -> Value in
          // What the body holds goes with this call. Held by the thread, a directory that is
          // removed with its owner would be seen by whoever goes on with the result.
          guard let body = pending.withLock({ $0.take() }) else { throw CancellationError() }
          return try body()
        }
        continuation.resume(with: result)
      }
    } catch {
      continuation.resume(
        throwing: RegistryError(.local, "cannot begin a transfer: \(error)"))
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
