import Image
import Model
import NIOCore
import NIOPosix
import State
import Transfer

/// The registries as one: names go in, images come out.
///
/// Each call blocks until it is done, while the work is done on the threads of the language's
/// pool: so it must come from another thread than those.
package struct Registry: Sendable {
  let settings: RegistrySettings
  let progress: any TransferProgress
  let cancellation: TransferCancellation

  /// Makes a client.
  ///
  /// - Parameters:
  ///   - settings: What is configured on this machine.
  ///   - progress: Is told how transfers go on.
  ///   - cancellation: Ends what runs.
  package init(
    _ settings: RegistrySettings, progress: any TransferProgress = SilentTransfer(),
    cancellation: TransferCancellation = TransferCancellation()
  ) {
    self.settings = settings
    self.progress = progress
    self.cancellation = cancellation
  }

  /// Pulls an image into a store, from a mirror if one is configured and has it.
  package func pull(
    _ request: PullRequest, into store: ImageStore
  ) throws(RegistryError) -> PullResult {
    try running { transport in
      let domain = request.reference.domain
      let mirrors = settings.rules[domain]?.mirrors ?? []
      for mirror in mirrors {
        do {
          return try await pull(request, into: store, mirror: mirror, transport)
        } catch let error as RegistryError where Self.sendsToTheNext(error.kind) {
          progress.warn(
            Diagnostic(
              .warning, "the mirror \(mirror) is passed over: \(error.diagnostic.message)"))
        }
      }
      return try await pull(request, into: store, mirror: nil, transport)
    }
  }

  private func pull(
    _ request: PullRequest, into store: ImageStore, mirror: String?, _ transport: HTTPTransport
  ) async throws -> PullResult {
    let connection = try await connect(request.reference.domain, mirror: mirror, transport)
    return try await ImagePull(
      request: request, connection: connection, store: store,
      retrier: Retrier(settings: settings), progress: progress
    ).run()
  }

  private static func sendsToTheNext(_ kind: RegistryError.Kind) -> Bool {
    switch kind {
    case .unreachable, .notFound, .denied, .limited, .untrusted, .invalid: true
    case .local, .cancelled: false
    }
  }

  /// Opens a connection with the credentials of this user. A mirror is another service: it gets
  /// only credentials that are kept under its own name.
  func connect(
    _ domain: String, mirror: String? = nil, _ transport: HTTPTransport
  ) async throws -> RegistryConnection {
    let credentials = CredentialStore(environment: settings.environment)
    let key = mirror.flatMap { WebAddress($0)?.hostAndPort } ?? domain
    return try await RegistryConnection.open(
      domain, mirror: mirror, settings: settings, transport: transport
    ) { () throws(RegistryError) in try credentials.credentials(for: key) }
  }

  /// Runs `body` to its end on the threads of the library, and waits for it here.
  func running<Value: Sendable>(
    _ body: @escaping @Sendable (HTTPTransport) async throws -> Value
  ) throws(RegistryError) -> Value {
    let transport = HTTPTransport(settings)
    let promise = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Value.self)
    let task = promise.completeWithTask {
      do {
        let value = try await body(transport)
        await transport.close()
        return value
      } catch {
        await transport.close()
        throw error
      }
    }
    let key = cancellation.onCancel { task.cancel() }
    defer { cancellation.forget(key) }
    do {
      return try promise.futureResult.wait()
    } catch {
      throw failure(error)
    }
  }

  private func failure(_ error: any Error) -> RegistryError {
    if cancellation.isCancelled { return .cancelled }
    switch error {
    case let error as RegistryError: return error
    case let error as TransientFailure: return error.failure
    case let error as Diagnostic: return RegistryError(.local, error)
    case is CancellationError: return .cancelled
    default: return RegistryError(.unreachable, "the transfer failed: \(error)")
    }
  }
}
