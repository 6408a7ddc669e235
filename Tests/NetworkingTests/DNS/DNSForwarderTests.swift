import Glibc
import Linux
import Model
import TestSupport
import Testing

@testable import Networking

@Suite("queries that are passed on", .timeLimit(.standard), .serialized)
struct DNSForwarderTests {
  private static let loopback = IPAddress(127, 0, 0, 1)

  /// Runs a loop until an answer came, with upstream servers on free ports of the loopback.
  private func forward(
    _ name: String, over kind: InternetSocket.Kind = .datagram, deadFirst: Bool = false,
    options: Bool = false
  ) throws -> [UInt8]? {
    let loop = try EventLoop()
    let port = try freePort()
    let upstream = try TestUpstream(
      loop, at: SocketAddress(Self.loopback, port), answer: IPAddress(203, 0, 113, 1))
    var query = DNSMessage(id: 4711, .init(try #require(DNSName(name)), 1))
    if options {
      query.additional = [
        .init(.root, DNSMessage.RecordType.options, recordClass: 4096, timeToLive: 0, data: [])
      ]
    }
    let dead = SocketAddress(Self.loopback, try freePort())
    let servers = (deadFirst ? [dead] : []) + [SocketAddress(Self.loopback, port)]
    var answer: [UInt8]??
    DNSForwarder(loop).keep { forwarder in
      forwarder.forward(query.encode(), query, to: servers, over: kind) { bytes in
        answer = .some(bytes)
        loop.stop()
      }
      try? loop.run()
    }
    withExtendedLifetime(upstream) {}
    return try #require(answer)
  }

  /// A port that nobody listens on, found by letting the kernel choose one.
  private func freePort() throws -> UInt16 {
    let socket = try InternetSocket.bound(to: SocketAddress(Self.loopback, 0), .datagram)
    return try localPort(socket)
  }

  @Test("an answer comes back under the number of the query", arguments: [false, true])
  func answer(overTCP: Bool) throws {
    let bytes = try #require(
      try forward("www.example.com", over: overTCP ? .stream : .datagram))
    let message = try DNSMessage(parsing: bytes)
    #expect(message.id == 4711)
    #expect(message.answers.map(\.data) == [[203, 0, 113, 1]])
  }

  @Test("an answer too long for a datagram comes back cut, and whole by TCP or with EDNS")
  func truncation() throws {
    let cut = try DNSMessage(parsing: try #require(try forward("big.example.com")))
    #expect(cut.isTruncated)
    let whole = try DNSMessage(
      parsing: try #require(try forward("big.example.com", over: .stream)))
    #expect(whole.answers.count == 200)
    let extended = try DNSMessage(
      parsing: try #require(try forward("big.example.com", options: true)))
    #expect(extended.answers.count == 200)
  }

  @Test("a server that is not there is passed over", arguments: [false, true])
  func deadServer(overTCP: Bool) throws {
    let bytes = try forward(
      "www.example.com", over: overTCP ? .stream : .datagram, deadFirst: true)
    #expect(try DNSMessage(parsing: try #require(bytes)).answers.count == 1)
  }

  @Test("when every server fails, the failure is passed on")
  func failure() throws {
    let message = try DNSMessage(parsing: try #require(try forward("fail.example.com")))
    #expect(message.responseCode == .serverFailure)
  }

  @Test("an unknown name is the server's last word")
  func unknown() throws {
    let message = try DNSMessage(parsing: try #require(try forward("no.example.com")))
    #expect(message.responseCode == .noSuchName)
  }

  @Test("an answer to another question is not taken")
  func forged() throws {
    let query = DNSMessage(id: 1, .init(try #require(DNSName("a.example")), 1))
    let other = DNSMessage(id: 1, .init(try #require(DNSName("b.example")), 1))
    let header = try #require(DNSAnswerHeader(other.response(.success).encode()))
    #expect(header.question != query.questions.first)
    #expect(DNSAnswerHeader(query.encode()) == nil)
  }
}

extension DNSForwarder {
  /// Keeps the forwarder alive while `body` runs.
  func keep(_ body: (DNSForwarder) -> Void) { body(self) }
}

/// The port that the kernel chose for a socket.
func localPort(_ socket: OwnedDescriptor) throws -> UInt16 {
  var storage = sockaddr_storage()
  var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
  let result = withUnsafeMutablePointer(to: &storage) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      getsockname(socket.raw, $0, &length)
    }
  }
  try Syscall.check(result, "getsockname")
  return try #require(withUnsafeBytes(of: &storage) { SocketAddress(bytes: $0) }).port
}
