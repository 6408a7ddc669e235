import Glibc
import Linux

/// A TCP port that is held, and the connections that came to it.
final class StreamOpening: PortOpening {
  private let listener: OwnedDescriptor
  private var target: SocketAddress?
  private let loop: EventLoop
  private var relays: [ObjectIdentifier: ConnectionRelay] = [:]

  private static let pauseNanoseconds: UInt64 = 100_000_000

  /// - Parameter target: where connections are carried to; nil refuses them.
  init(at place: SocketAddress, to target: SocketAddress?, _ loop: EventLoop) throws(SyscallError) {
    listener = try InternetSocket.listening(on: place)
    self.target = target
    self.loop = loop
    try loop.add(listener.raw) { [weak self] _ in self?.accept() }
  }

  func lead(to target: SocketAddress?) { self.target = target }

  func close() {
    loop.remove(listener.raw)
    listener.close()
    for relay in relays.values { relay.close() }
    relays = [:]
  }

  private func accept() {
    let client: OwnedDescriptor
    do throws(SyscallError) {
      guard let accepted = try UnixSocket.accept(listener.raw) else { return }
      client = accepted
    } catch {
      return pause()
    }
    guard let target, (try? Descriptors.setNonBlocking(client.raw)) != nil,
      let server = try? InternetSocket.connecting(to: target, .stream)
    else { return }
    let relay = ConnectionRelay(client, server, loop)
    let identifier = ObjectIdentifier(relay)
    relay.whenClosed = { [weak self] in self?.relays[identifier] = nil }
    guard (try? relay.start()) != nil else { return relay.close() }
    relays[identifier] = relay
  }

  /// Without free descriptors the waiting connection would wake the loop for ever.
  private func pause() {
    try? loop.modify(listener.raw, [])
    loop.after(nanoseconds: Self.pauseNanoseconds) { [weak self] in
      guard let self, listener.raw >= 0 else { return }
      try? loop.modify(listener.raw, .readable)
    }
  }
}
