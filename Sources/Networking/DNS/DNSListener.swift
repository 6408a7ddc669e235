import Glibc
import Linux

/// The sockets by which one container asks.
final class DNSListener {
  /// Whom it serves.
  var client: DNSClient
  /// Called with each query; the last argument sends the answer, now or later.
  var answer: (([UInt8], DNSClient, InternetSocket.Kind, @escaping ([UInt8]) -> Void) -> Void)?

  /// The namespace that it listens in, if that is known.
  var namespace: FileIdentity?

  private let datagrams: OwnedDescriptor
  private let connections: OwnedDescriptor
  private let loop: EventLoop
  private var streams: [Int32: DNSStream] = [:]

  /// Datagrams that are read before others get their turn.
  private static let burst = 64
  private static let maximumStreams = 64
  private static let maximumDatagram = 65_535
  private static let pauseNanoseconds: UInt64 = 100_000_000

  // One buffer for all datagrams: it is read from before the next one is received.
  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: maximumDatagram, alignment: 8)

  init(
    client: DNSClient, datagrams: OwnedDescriptor, connections: OwnedDescriptor, loop: EventLoop
  ) {
    self.client = client
    self.datagrams = datagrams
    self.connections = connections
    self.loop = loop
  }

  deinit { buffer.deallocate() }

  func start() throws(SyscallError) {
    try loop.add(datagrams.raw) { [weak self] _ in self?.readDatagrams() }
    try loop.add(connections.raw) { [weak self] _ in self?.accept() }
  }

  func close() {
    loop.remove(datagrams.raw)
    loop.remove(connections.raw)
    datagrams.close()
    connections.close()
    for stream in streams.values { stream.close() }
    streams = [:]
  }

  private func readDatagrams() {
    for _ in 0..<Self.burst {
      guard datagrams.raw >= 0,
        let (count, sender) = InternetSocket.receive(datagrams.raw, into: buffer)
      else { return }
      let query = Array(buffer[..<count])
      answer?(query, client, .datagram) { [weak self] response in
        guard let self, datagrams.raw >= 0 else { return }
        InternetSocket.send(datagrams.raw, response, to: sender)
      }
    }
  }

  private func accept() {
    let socket: OwnedDescriptor
    do throws(SyscallError) {
      guard let accepted = try UnixSocket.accept(connections.raw) else { return }
      socket = accepted
    } catch {
      return pause()
    }
    guard streams.count < Self.maximumStreams,
      (try? Descriptors.setNonBlocking(socket.raw)) != nil
    else { return }
    let number = socket.raw
    let stream = DNSStream(socket, loop) { [weak self] query, reply in
      guard let self else { return }
      answer?(query, client, .stream, reply)
    }
    stream.whenClosed = { [weak self] in self?.streams[number] = nil }
    guard (try? stream.start()) != nil else { return }
    streams[number] = stream
  }

  /// Without free descriptors the waiting connection would wake the loop for ever.
  private func pause() {
    try? loop.modify(connections.raw, [])
    loop.after(nanoseconds: Self.pauseNanoseconds) { [weak self] in
      guard let self, connections.raw >= 0 else { return }
      try? loop.modify(connections.raw, .readable)
    }
  }
}
