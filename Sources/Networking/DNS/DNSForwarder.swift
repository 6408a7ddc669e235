import Glibc
import Linux

/// Passes queries on to other servers, many at a time.
final class DNSForwarder {
  private let loop: EventLoop
  private var running: [UInt64: DNSExchange] = [:]
  private var nextNumber: UInt64 = 0

  /// Each query under way holds a descriptor.
  private static let maximumRunning = 512

  init(_ loop: EventLoop) { self.loop = loop }

  /// Asks the servers one after the other, twice around, until one answers.
  ///
  /// - Parameters:
  ///   - bytes: the query as it came; it goes out as it is, but for its number.
  ///   - completion: gets the answer with the number of the query, or nil.
  func forward(
    _ bytes: [UInt8], _ query: DNSMessage, to servers: [SocketAddress],
    over kind: InternetSocket.Kind, completion: @escaping ([UInt8]?) -> Void
  ) {
    guard running.count < Self.maximumRunning else { return completion(nil) }
    let number = nextNumber
    nextNumber += 1
    let exchange = DNSExchange(bytes, query, servers: servers + servers, kind: kind, loop: loop) {
      [weak self] answer in
      self?.running[number] = nil
      completion(answer)
    }
    running[number] = exchange
    exchange.tryNext()
  }
}

/// One query on its way through the servers.
final class DNSExchange {
  private let query: DNSMessage
  private let bytes: [UInt8]
  private var servers: ArraySlice<SocketAddress>
  private let kind: InternetSocket.Kind
  private let loop: EventLoop
  private var completion: (([UInt8]?) -> Void)?

  private var number: UInt16 = 0
  private var socket: OwnedDescriptor?
  private var stream: DNSStream?
  private var timer: EventLoop.Timer?
  private var refusal: [UInt8]?

  private static let timeoutNanoseconds: UInt64 = 2_000_000_000
  private static let maximumDatagram = 65_535

  init(
    _ bytes: [UInt8], _ query: DNSMessage, servers: [SocketAddress], kind: InternetSocket.Kind,
    loop: EventLoop, completion: @escaping ([UInt8]?) -> Void
  ) {
    self.bytes = bytes
    self.query = query
    self.servers = servers[...]
    self.kind = kind
    self.loop = loop
    self.completion = completion
  }

  /// Asks the next server; without one the exchange ends with the last refusal.
  func tryNext() {
    stopAttempt()
    while let server = servers.popFirst() {
      // A number and a port that nobody can guess keep forged answers out.
      number = UInt16.random(in: 0...UInt16.max)
      guard (try? start(server)) != nil else {
        stopAttempt()
        continue
      }
      timer = loop.after(nanoseconds: Self.timeoutNanoseconds) { [weak self] in self?.tryNext() }
      return
    }
    finish(refusal)
  }

  private func start(_ server: SocketAddress) throws(SyscallError) {
    let socket = try InternetSocket.connecting(to: server, kind)
    let outgoing = number.bigEndianBytes + bytes.dropFirst(2)
    switch kind {
    case .datagram:
      try Syscall.retry("send") {
        send(socket.raw, outgoing, outgoing.count, Int32(MSG_NOSIGNAL))
      }
      try loop.add(socket.raw) { [weak self] _ in self?.readDatagram() }
      self.socket = socket
    case .stream:
      let stream = DNSStream(socket, loop) { [weak self] answer, _ in self?.take(answer) }
      stream.send(outgoing)
      stream.whenClosed = { [weak self] in self?.tryNext() }
      try stream.start()
      self.stream = stream
    }
  }

  private func readDatagram() {
    guard let socket else { return }
    var buffer = [UInt8](repeating: 0, count: Self.maximumDatagram)
    let count = recv(socket.raw, &buffer, buffer.count, 0)
    if count < 0 {
      // The server's machine says that nobody listens there: no need to wait for the timer.
      if errno != EAGAIN, errno != EINTR { tryNext() }
      return
    }
    take(Array(buffer[..<count]))
  }

  /// Takes an answer; one that belongs to another question is passed over.
  private func take(_ answer: [UInt8]) {
    guard let header = DNSAnswerHeader(answer), header.id == number,
      header.question == nil || header.question == query.questions.first
    else { return }
    let restored = query.id.bigEndianBytes + answer.dropFirst(2)
    if header.isRefusal, !servers.isEmpty {
      refusal = restored
      return tryNext()
    }
    finish(restored)
  }

  private func finish(_ answer: [UInt8]?) {
    stopAttempt()
    let report = completion
    completion = nil
    report?(answer)
  }

  private func stopAttempt() {
    if let timer { loop.cancel(timer) }
    timer = nil
    if let socket { loop.remove(socket.raw) }
    socket = nil
    stream?.whenClosed = nil
    stream?.close()
    stream = nil
  }
}

/// What must be known of a server's answer: the rest is passed on unread.
struct DNSAnswerHeader {
  /// The number of the query it answers.
  let id: UInt16
  /// The question it repeats; some servers leave it out of an error.
  let question: DNSMessage.Question?
  /// True when this server cannot or will not tell; another one may.
  let isRefusal: Bool

  /// Reads the first bytes of an answer; nil when they are malformed, or those of a query.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 12, bytes[2] & 0x80 != 0 else { return nil }
    id = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    let code = DNSMessage.ResponseCode(rawValue: UInt16(bytes[3] & 0xF))
    isRefusal = code == .serverFailure || code == .refused || code == .notImplemented
    guard bytes[4] != 0 || bytes[5] != 0 else {
      question = nil
      return
    }
    var offset = 12
    guard let name = try? DNSName(reading: bytes, at: &offset), offset + 4 <= bytes.count else {
      return nil
    }
    question = DNSMessage.Question(
      name, UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1]),
      recordClass: UInt16(bytes[offset + 2]) << 8 | UInt16(bytes[offset + 3]))
  }
}
