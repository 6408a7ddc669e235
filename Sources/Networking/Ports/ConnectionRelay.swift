import Glibc
import Linux

/// Two connections whose bytes are carried over in both directions.
///
/// The end of one direction is passed on by itself: a client may close its sending side and still
/// read the answer.
final class ConnectionRelay {
  /// Called once when both directions have ended.
  var whenClosed: (() -> Void)?

  private let client: OwnedDescriptor
  private let server: OwnedDescriptor
  private let loop: EventLoop
  private var toServer = StreamFlow()
  private var toClient = StreamFlow()
  private var isConnected = false

  /// - Parameter server: a socket on its way to the container.
  init(_ client: OwnedDescriptor, _ server: OwnedDescriptor, _ loop: EventLoop) {
    self.client = client
    self.server = server
    self.loop = loop
  }

  func start() throws(SyscallError) {
    try loop.add(client.raw, []) { [weak self] events in self?.clientIsReady(events) }
    try loop.add(server.raw, .writable) { [weak self] events in self?.serverIsReady(events) }
  }

  func close() {
    guard client.raw >= 0 else { return }
    loop.remove(client.raw)
    loop.remove(server.raw)
    client.close()
    server.close()
    whenClosed?()
    whenClosed = nil
  }

  private func clientIsReady(_ events: EventLoop.Events) {
    // Nothing is read from the client before the container took the connection.
    if !isConnected || events.contains(.error) { return close() }
    carry()
  }

  private func serverIsReady(_ events: EventLoop.Events) {
    if !isConnected {
      guard InternetSocket.connectResult(server.raw) == 0 else { return close() }
      isConnected = true
    } else if events.contains(.error) {
      return close()
    }
    carry()
  }

  private func carry() {
    guard toServer.carry(from: client.raw, to: server.raw),
      toClient.carry(from: server.raw, to: client.raw)
    else { return close() }
    if toServer.hasEnded, toClient.hasEnded { return close() }
    watch(client.raw, incoming: toServer, outgoing: toClient)
    watch(server.raw, incoming: toClient, outgoing: toServer)
  }

  private func watch(_ socket: Int32, incoming: StreamFlow, outgoing: StreamFlow) {
    // A socket that is closed in both directions is always "ready": it would wake the loop until
    // the other side has taken the rest.
    if incoming.sourceHasEnded, outgoing.hasEnded { return loop.remove(socket) }
    var events: EventLoop.Events = []
    if incoming.wantsInput { events.insert(.readable) }
    if outgoing.hasOutput { events.insert(.writable) }
    try? loop.modify(socket, events)
  }
}

/// One direction of a relay: what was read and not yet written.
struct StreamFlow {
  private var pending: ArraySlice<UInt8> = []
  /// True when the source has sent all it will send.
  private(set) var sourceHasEnded = false
  /// True when all of it, the end included, was passed on.
  private(set) var hasEnded = false

  private static let chunkLength = 131_072

  /// True while more may be read.
  var wantsInput: Bool { pending.isEmpty && !sourceHasEnded }
  /// True while something waits to be written.
  var hasOutput: Bool { !pending.isEmpty }

  /// Moves what can be moved now; false when a connection is broken.
  mutating func carry(from source: Int32, to target: Int32) -> Bool {
    guard !hasEnded else { return true }
    if wantsInput, !fill(from: source) { return false }
    if hasOutput, !drain(to: target) { return false }
    if sourceHasEnded, pending.isEmpty {
      shutdown(target, Int32(SHUT_WR))
      hasEnded = true
    }
    return true
  }

  private mutating func fill(from source: Int32) -> Bool {
    var received = 0
    let chunk = [UInt8](unsafeUninitializedCapacity: Self.chunkLength) { buffer, count in
      received = recv(source, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
      count = max(0, received)
    }
    if received < 0 { return errno == EAGAIN || errno == EINTR }
    sourceHasEnded = received == 0
    pending = chunk[...]
    return true
  }

  private mutating func drain(to target: Int32) -> Bool {
    let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
    let sent = pending.withUnsafeBytes { send(target, $0.baseAddress, $0.count, flags) }
    if sent < 0 { return errno == EAGAIN || errno == EINTR }
    pending.removeFirst(sent)
    return true
  }
}
