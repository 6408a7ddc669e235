import Glibc
import Linux

/// DNS messages over a TCP connection, each behind its length in two bytes.
///
/// Used for both ends: queries come in from a container, answers come in from a server.
/// Source: RFC 1035 4.2.2, RFC 7766.
final class DNSStream {
  /// Called once when the connection has ended.
  var whenClosed: (() -> Void)?

  private let socket: OwnedDescriptor
  private let loop: EventLoop
  private let receive: ([UInt8], @escaping ([UInt8]) -> Void) -> Void
  private var input: [UInt8] = []
  private var output: [UInt8] = []
  private var idle: EventLoop.Timer?

  private static let idleNanoseconds: UInt64 = 10_000_000_000
  private static let maximumOutput = 1 << 20

  /// - Parameter receive: called with each message that came in, and with what sends an answer.
  init(
    _ socket: OwnedDescriptor, _ loop: EventLoop,
    receive: @escaping ([UInt8], @escaping ([UInt8]) -> Void) -> Void
  ) {
    self.socket = socket
    self.loop = loop
    self.receive = receive
  }

  func start() throws(SyscallError) {
    try loop.add(socket.raw, output.isEmpty ? .readable : [.readable, .writable]) {
      [weak self] events in
      self?.handle(events)
    }
    restartTimer()
  }

  /// Queues a message; before `start` it goes out once the connection stands.
  func send(_ message: [UInt8]) {
    guard socket.raw >= 0 else { return }
    // A client that asks and never reads must not fill our memory.
    guard output.count < Self.maximumOutput else { return close() }
    output += UInt16(truncatingIfNeeded: message.count).bigEndianBytes + message
    try? loop.modify(socket.raw, [.readable, .writable])
  }

  func close() {
    guard socket.raw >= 0 else { return }
    if let idle { loop.cancel(idle) }
    loop.remove(socket.raw)
    socket.close()
    whenClosed?()
    whenClosed = nil
  }

  private func restartTimer() {
    if let idle { loop.cancel(idle) }
    idle = loop.after(nanoseconds: Self.idleNanoseconds) { [weak self] in self?.close() }
  }

  private func handle(_ events: EventLoop.Events) {
    if events.contains(.writable), !flush() { return close() }
    if !events.isDisjoint(with: [.readable, .hangup, .error]), !read() { return close() }
  }

  /// Writes what it can; false when the connection is broken.
  private func flush() -> Bool {
    guard !output.isEmpty else { return true }
    let sent = Glibc.send(socket.raw, output, output.count, Int32(MSG_NOSIGNAL))
    if sent < 0 { return errno == EAGAIN || errno == EINTR }
    output.removeFirst(sent)
    if output.isEmpty { try? loop.modify(socket.raw, .readable) }
    return true
  }

  /// Reads what is there and hands complete messages on; false at the end of the connection.
  private func read() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 16_384)
    let count = recv(socket.raw, &chunk, chunk.count, 0)
    if count < 0 { return errno == EAGAIN || errno == EINTR }
    if count == 0 { return false }
    restartTimer()
    input += chunk[..<count]
    while input.count >= 2 {
      let length = Int(input[0]) << 8 | Int(input[1])
      guard input.count >= 2 + length else { break }
      let message = Array(input[2..<(2 + length)])
      input.removeFirst(2 + length)
      receive(message) { [weak self] answer in self?.send(answer) }
      if socket.raw < 0 { return true }
    }
    return true
  }
}

extension UInt16 {
  /// The two bytes, the more significant first.
  var bigEndianBytes: [UInt8] { [UInt8(self >> 8), UInt8(self & 0xFF)] }
}
