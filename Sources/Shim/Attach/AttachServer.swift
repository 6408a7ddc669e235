import Glibc
import Linux
import Runtime
import State

/// Serves the clients that are attached to a container's streams.
final class AttachServer {
  /// What clients ask for.
  enum Request {
    case input([UInt8])
    case endOfInput
    case resize(TerminalSize)
  }

  /// Called with what a client asks for.
  var onRequest: ((Request) -> Void)?
  /// Called when some client cannot take more, and when all can again.
  var onCongestion: ((Bool) -> Void)?

  private final class Client {
    let socket: OwnedDescriptor
    /// Packets that the client did not take yet.
    var pending: [[UInt8]] = []
    /// What the loop waits for; nothing at all when it does not know the socket.
    var awaited: EventLoop.Events = []
    /// True when it takes nothing any more; what it sent before may still be there.
    var isDeaf = false

    init(_ socket: OwnedDescriptor) { self.socket = socket }
  }

  private let loop: EventLoop
  private var listener: OwnedDescriptor?
  private var clients: [Int32: Client] = [:]
  private var isReceiving = true

  init(_ loop: EventLoop) { self.loop = loop }

  /// Begins to listen at `path`.
  func listen(_ path: String) throws(SyscallError) {
    let socket = try UnixSocket.listen(path, .messages)
    try Descriptors.setNonBlocking(socket.raw)
    listener = socket
    try loop.add(socket.raw) { [unowned self] _ in
      while let client = (try? UnixSocket.accept(socket.raw)) ?? nil { try? add(client) }
    }
  }

  /// Serves a client that is connected already.
  func add(_ socket: OwnedDescriptor) throws(SyscallError) {
    try Descriptors.setNonBlocking(socket.raw)
    let client = Client(socket)
    clients[socket.raw] = client
    client.pending.append(AttachMessage.versionPacket)
    flush(client)
  }

  /// Reads what clients send, or lets them wait: who asks for more than there is room for is held
  /// back.
  func setReceiving(_ receives: Bool) {
    guard receives != isReceiving else { return }
    isReceiving = receives
    for client in clients.values { watch(client) }
  }

  /// Has the loop wait for what matters now. A socket that is not to be read is forgotten: that the
  /// other end is closed would be told again and again.
  private func watch(_ client: Client) {
    var events: EventLoop.Events = isReceiving ? .readable : []
    if !client.pending.isEmpty { events.insert(.writable) }
    guard events != client.awaited else { return }
    let socket = client.socket.raw
    if events.isEmpty {
      loop.remove(socket)
    } else if client.awaited.isEmpty {
      let isKnown: Void? = try? loop.add(socket, events) { [unowned self, weak client] events in
        if let client { serve(client, events) }
      }
      guard isKnown != nil else { return remove(client) }
    } else {
      try? loop.modify(socket, events)
    }
    client.awaited = events
  }

  private func serve(_ client: Client, _ events: EventLoop.Events) {
    if events.contains(.writable) || !isReceiving { flush(client) }
    if isReceiving, !events.isDisjoint(with: [.readable, .hangup, .error]) { receive(client) }
  }

  /// True when no client waits for bytes.
  var isIdle: Bool { clients.values.allSatisfy(\.pending.isEmpty) }
  /// How many packets wait for clients.
  var pendingPackets: Int { clients.values.reduce(0) { $0 + $1.pending.count } }

  /// Sends bytes of a stream to all clients.
  func broadcast(_ stream: OutputStream, _ bytes: UnsafeRawBufferPointer) {
    guard !clients.isEmpty else { return }
    let kind: AttachMessage = stream == .errors ? .errors : .output
    let step = AttachMessage.maximumLength - 1
    for start in stride(from: 0, to: bytes.count, by: step) {
      let packet = kind.packet(bytes[start..<min(start + step, bytes.count)])
      for client in clients.values where !client.isDeaf { client.pending.append(packet) }
    }
    for client in clients.values { flush(client) }
  }

  private func flush(_ client: Client) {
    let wasIdle = isIdle
    var sent = 0
    while sent < client.pending.count {
      let packet = client.pending[sent]
      if send(client.socket.raw, packet, packet.count, Int32(MSG_NOSIGNAL)) < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN { break }
        // It is gone. What it sent before is still to be read, and then its end.
        client.isDeaf = true
        sent = client.pending.count
        break
      }
      sent += 1
    }
    client.pending.removeFirst(sent)
    watch(client)
    if !isIdle { onCongestion?(true) } else if !wasIdle { onCongestion?(false) }
  }

  private func receive(_ client: Client) {
    while isReceiving {
      let part: [UInt8]
      do throws(SyscallError) {
        part = try UnixSocket.receive(
          client.socket.raw, atMost: AttachMessage.maximumLength
        ).bytes
      } catch {
        // Said once when it went without reading all that we sent; what it sent comes after.
        if error.errno == ECONNRESET { continue }
        if error.errno != EAGAIN { remove(client) }
        return
      }
      guard let first = part.first else { return remove(client) }
      switch AttachMessage(rawValue: first) {
      case .input: onRequest?(.input(Array(part.dropFirst())))
      case .endOfInput: onRequest?(.endOfInput)
      case .resize:
        if let size = AttachMessage.size(part.dropFirst()) { onRequest?(.resize(size)) }
      case .version:
        do throws(MessageError) {
          try AttachMessage.checkVersion(part.dropFirst(), of: "roost")
        } catch {
          return refuse(client, error)
        }
      case .output, .errors, nil: break
      }
    }
  }

  private func refuse(_ client: Client, _ error: MessageError) {
    client.pending.append(AttachMessage.errors.packet("\(error.description)\n".utf8))
    flush(client)
    remove(client)
  }

  private func remove(_ client: Client) {
    guard clients.removeValue(forKey: client.socket.raw) != nil else { return }
    loop.remove(client.socket.raw)
    client.socket.close()
    onRequest?(.endOfInput)
    if isIdle { onCongestion?(false) }
  }

  /// Lets all clients go.
  func close() {
    if let listener { loop.remove(listener.raw) }
    listener = nil
    for client in clients.values {
      loop.remove(client.socket.raw)
      client.socket.close()
    }
    clients = [:]
  }
}
