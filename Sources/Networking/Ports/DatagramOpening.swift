import Glibc
import Linux
import Model
import State

/// A UDP port that is held, and the conversations that came to it.
final class DatagramOpening: PortOpening {
  private let socket: OwnedDescriptor
  private var target: SocketAddress?
  private let loop: EventLoop
  private let family: IPAddress.Family
  private var sessions: [Peer: DatagramSession] = [:]
  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: maximumDatagram, alignment: 8)

  /// Who sent a datagram, and to which of our addresses: the answer must come from there.
  struct Peer: Hashable {
    var sender: SocketAddress
    var local: IPAddress?
  }

  static let maximumDatagram = 65_535
  private static let burst = 64
  private static let maximumSessions = 1024

  /// - Parameter target: where datagrams are carried to; nil drops them.
  init(at place: SocketAddress, to target: SocketAddress?, _ loop: EventLoop) throws(SyscallError) {
    socket = try InternetSocket.bound(to: place, .datagram)
    self.target = target
    self.loop = loop
    family = place.address.family
    try PacketInformation.enable(socket.raw, family)
    try loop.add(socket.raw) { [weak self] _ in self?.receive() }
  }

  deinit { buffer.deallocate() }

  /// A conversation has no end that could be seen: all go on with the other one.
  func lead(to target: SocketAddress?) {
    self.target = target
    for session in sessions.values { session.close() }
  }

  func close() {
    loop.remove(socket.raw)
    socket.close()
    for session in sessions.values { session.close() }
    sessions = [:]
  }

  private func receive() {
    for _ in 0..<Self.burst {
      guard socket.raw >= 0,
        let (count, peer) = PacketInformation.receive(socket.raw, into: buffer)
      else { return }
      session(for: peer)?.send(buffer[..<count])
    }
  }

  private func session(for peer: Peer) -> DatagramSession? {
    if let session = sessions[peer] { return session }
    guard let target, sessions.count < Self.maximumSessions,
      let session = try? DatagramSession(to: target, loop)
    else { return nil }
    session.answer = { [weak self] bytes in
      guard let self, socket.raw >= 0 else { return }
      PacketInformation.send(socket.raw, bytes, to: peer)
    }
    session.whenClosed = { [weak self] in self?.sessions[peer] = nil }
    sessions[peer] = session
    return session
  }
}

/// The conversation of one sender with the container.
final class DatagramSession {
  /// Called with each datagram from the container.
  var answer: (([UInt8]) -> Void)?
  /// Called once when nothing was said for a while.
  var whenClosed: (() -> Void)?

  private let socket: OwnedDescriptor
  private let loop: EventLoop
  private var lastUse = Clock.monotonicNanoseconds()
  private var timer: EventLoop.Timer?

  private static let idleNanoseconds: UInt64 = 90_000_000_000

  init(to target: SocketAddress, _ loop: EventLoop) throws(SyscallError) {
    socket = try InternetSocket.connecting(to: target, .datagram)
    self.loop = loop
    try loop.add(socket.raw) { [weak self] _ in self?.receive() }
    schedule(after: Self.idleNanoseconds)
  }

  func send(_ bytes: Slice<UnsafeMutableRawBufferPointer>) {
    lastUse = Clock.monotonicNanoseconds()
    let rest = UnsafeRawBufferPointer(rebasing: bytes)
    _ = Glibc.send(socket.raw, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
  }

  func close() {
    guard socket.raw >= 0 else { return }
    if let timer { loop.cancel(timer) }
    loop.remove(socket.raw)
    socket.close()
    whenClosed?()
    whenClosed = nil
  }

  private func receive() {
    var bytes = [UInt8](repeating: 0, count: DatagramOpening.maximumDatagram)
    let count = recv(socket.raw, &bytes, bytes.count, 0)
    // A refusal (nobody listens in the container yet) does not end the conversation.
    guard count >= 0 else { return }
    lastUse = Clock.monotonicNanoseconds()
    answer?(Array(bytes[..<count]))
  }

  private func schedule(after nanoseconds: UInt64) {
    timer = loop.after(nanoseconds: nanoseconds) { [weak self] in self?.checkIdle() }
  }

  // One timer a session, set anew only when it fires: busy sessions must not pay for it.
  private func checkIdle() {
    let idle = Clock.monotonicNanoseconds() - lastUse
    if idle >= Self.idleNanoseconds { return close() }
    schedule(after: Self.idleNanoseconds - idle)
  }
}
