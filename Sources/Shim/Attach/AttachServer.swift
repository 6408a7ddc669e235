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

    init(_ socket: OwnedDescriptor) { self.socket = socket }
  }

  private let loop: EventLoop
  private var listener: OwnedDescriptor?
  private var clients: [Int32: Client] = [:]

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
    // A client that goes while it is written to is gone before it would be read from.
    try loop.add(socket.raw) { [unowned self, weak client] events in
      guard let client else { return }
      if events.contains(.writable) { flush(client) }
      if !events.isDisjoint(with: [.readable, .hangup, .error]) { receive(client) }
    }
    client.pending.append(AttachMessage.versionPacket)
    flush(client)
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
      for client in clients.values { client.pending.append(packet) }
    }
    for client in clients.values { flush(client) }
  }

  private func flush(_ client: Client) {
    let wasIdle = isIdle
    var sent = 0
    while sent < client.pending.count {
      let packet = client.pending[sent]
      if send(client.socket.raw, packet, packet.count, Int32(MSG_NOSIGNAL)) < 0 {
        guard errno == EAGAIN || errno == EINTR else { return remove(client) }
        break
      }
      sent += 1
    }
    client.pending.removeFirst(sent)
    let events: EventLoop.Events = client.pending.isEmpty ? .readable : [.readable, .writable]
    try? loop.modify(client.socket.raw, events)
    if !isIdle { onCongestion?(true) } else if !wasIdle { onCongestion?(false) }
  }

  private func receive(_ client: Client) {
    while true {
      let part: [UInt8]
      do throws(SyscallError) {
        part = try UnixSocket.receive(
          client.socket.raw, atMost: AttachMessage.maximumLength
        ).bytes
      } catch {
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
