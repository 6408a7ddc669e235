import Glibc
import Linux
import Model

/// Answers the containers' questions for names.
///
/// It listens inside each container's network namespace, so a container reaches it whatever
/// networks it has, and nobody else does. Questions that are not about our names are passed on
/// from this process's own namespace, the host's.
///
/// Everything runs on the event loop's thread, which must be the process's only one while
/// `serve` moves it through a namespace.
package final class DNSServer {
  private let loop: EventLoop
  private let forwarder: DNSForwarder
  private let hostResolvers: HostResolvers
  private var names = NameTable()
  private var listeners: [ObjectID: DNSListener] = [:]
  private var turn = 0

  /// The address and port in each container's namespace.
  static let address = SocketAddress(ResolvConf.embeddedResolver, DNSRedirect.port)

  /// Makes a server without clients.
  ///
  /// - Parameter resolvConfPath: where the host's name servers are listed.
  package init(_ loop: EventLoop, resolvConfPath: String = "/etc/resolv.conf") {
    self.loop = loop
    forwarder = DNSForwarder(loop)
    hostResolvers = HostResolvers(resolvConfPath)
  }

  /// Replaces the names.
  package func update(_ names: NameTable) { self.names = names }

  /// The containers that are being served.
  package var clients: [DNSClient] { listeners.values.map(\.client) }

  /// Serves a container whose network namespace is held at `namespacePath`; a container that is
  /// served already in that namespace gets its description replaced.
  package func serve(
    _ client: DNSClient, namespacePath: String
  ) throws(SyscallError) {
    let namespace = FileIdentity(try Files.status(namespacePath))
    if let listener = listeners[client.container] {
      if listener.namespace == namespace { return listener.client = client }
      stopServing(client.container)
    }
    let host = try NetworkNamespace.enter(path: namespacePath)
    let sockets: Result<(OwnedDescriptor, OwnedDescriptor), SyscallError>
    do throws(SyscallError) {
      sockets = .success(
        (
          try InternetSocket.bound(to: Self.address, .datagram),
          try InternetSocket.listening(on: Self.address)
        ))
    } catch {
      sockets = .failure(error)
    }
    // Whatever happened inside, the process must be back where it belongs.
    try NetworkNamespace.enter(host)
    let (datagrams, connections) = try sockets.get()
    try serve(client, datagrams: datagrams, connections: connections)
    listeners[client.container]?.namespace = namespace
  }

  /// Serves a client on sockets that are bound already.
  func serve(
    _ client: DNSClient, datagrams: OwnedDescriptor, connections: OwnedDescriptor
  ) throws(SyscallError) {
    let listener = DNSListener(
      client: client, datagrams: datagrams, connections: connections, loop: loop)
    listener.answer = { [unowned self] query, client, kind, reply in
      answer(query, client, kind, reply)
    }
    try listener.start()
    listeners[client.container] = listener
  }

  /// Stops serving a container. Until then its namespace stays alive: a socket is open in it.
  package func stopServing(_ container: ObjectID) {
    listeners.removeValue(forKey: container)?.close()
  }

  private func answer(
    _ bytes: [UInt8], _ client: DNSClient, _ kind: InternetSocket.Kind,
    _ reply: @escaping ([UInt8]) -> Void
  ) {
    guard let query = try? DNSMessage(parsing: bytes) else { return }
    let servers = client.servers.isEmpty ? hostResolvers.current() : client.servers
    turn &+= 1
    let limit = kind == .stream ? 65_535 : query.datagramLimit
    let decision = DNSDecision.on(
      query, of: client, names: names, turn: turn & 0xFFFF, hasUpstream: !servers.isEmpty)
    switch decision {
    case .ignore: break
    case .answer(let message): reply(message.encode(limit: limit))
    case .forward:
      forwarder.forward(bytes, query, to: servers.map { SocketAddress($0, 53) }, over: kind) {
        reply(Self.fitted($0, to: limit) ?? query.response(.serverFailure).encode(limit: limit))
      }
    }
  }

  /// A server's answer as the client can take it: one that is too long becomes an empty one that
  /// says "ask again by TCP".
  private static func fitted(_ response: [UInt8]?, to limit: Int) -> [UInt8]? {
    guard let response, response.count > limit else { return response }
    guard var message = try? DNSMessage(parsing: response) else { return nil }
    message.flags |= 0x0200
    message.answers = []
    message.authorities = []
    message.additional.removeAll { $0.type != DNSMessage.RecordType.options }
    return message.encode(limit: limit)
  }
}

/// The host's name servers, read anew when the file changed.
final class HostResolvers {
  private let path: String
  private var servers: [IPAddress] = []
  private var readAt: UInt64?
  private var version: Int64?

  private static let lifetimeNanoseconds: UInt64 = 1_000_000_000

  init(_ path: String) { self.path = path }

  func current() -> [IPAddress] {
    let now = Clock.monotonicNanoseconds()
    if let readAt, now - readAt < Self.lifetimeNanoseconds { return servers }
    readAt = now
    let modified = (try? Files.status(path))?.modifiedNanoseconds
    guard modified != version || version == nil else { return servers }
    version = modified
    servers = ResolvConf(parsing: (try? Files.readText(path)) ?? "").nameservers
    return servers
  }
}
