import Glibc
import Linux
import Runtime
import State
import TestSupport
import Testing

@testable import Shim

@Suite("The server of attached clients", .timeLimit(.standard))
struct AttachServerTests {
  private let loop: EventLoop
  private let server: AttachServer
  /// What clients asked for, in words.
  private let asked = Asked()

  private final class Asked {
    var words: [String] = []
    var congestion: [Bool] = []
  }

  init() throws {
    loop = try EventLoop()
    server = AttachServer(loop)
    server.onRequest = { [asked] request in
      switch request {
      case .input(let bytes): asked.words.append("input \(String(decoding: bytes, as: UTF8.self))")
      case .endOfInput: asked.words.append("end")
      case .resize(let size): asked.words.append("size \(size.rows) \(size.columns)")
      }
    }
    server.onCongestion = { [asked] in asked.congestion.append($0) }
  }

  /// A client that is connected already.
  private func client() throws -> OwnedDescriptor {
    let (ours, theirs) = try UnixSocket.pair(.messages)
    try server.add(theirs)
    try Descriptors.setNonBlocking(ours.raw)
    #expect(try receive(ours) == AttachMessage.versionPacket)
    return ours
  }

  private func turn() throws { try loop.turn(timeoutNanoseconds: 0) }

  private func broadcast(_ stream: OutputStream, _ bytes: [UInt8]) {
    bytes.withUnsafeBytes { server.broadcast(stream, $0) }
  }

  private func receive(_ client: OwnedDescriptor) throws -> [UInt8] {
    try UnixSocket.receive(client.raw, atMost: AttachMessage.maximumLength + 1).bytes
  }

  @Test("all clients get the bytes of both streams")
  func broadcast() throws {
    let clients = try [client(), client()]
    broadcast(.output, Array("out".utf8))
    broadcast(.errors, Array("err".utf8))
    for client in clients {
      #expect(try receive(client) == AttachMessage.output.packet("out".utf8))
      #expect(try receive(client) == AttachMessage.errors.packet("err".utf8))
    }
  }

  @Test("what is longer than a packet comes in several")
  func long() throws {
    let client = try client()
    let bytes = (0..<AttachMessage.maximumLength + 10).map { UInt8(truncatingIfNeeded: $0) }
    broadcast(.output, bytes)
    let packets = try [receive(client), receive(client)]
    #expect(packets.map(\.count) == [AttachMessage.maximumLength, 12])
    #expect(packets.flatMap { $0.dropFirst() } == bytes)
  }

  @Test("what clients ask for is passed on, and what is no request is not")
  func requests() throws {
    let client = try client()
    try UnixSocket.send(client.raw, AttachMessage.input.packet("abc".utf8))
    try UnixSocket.send(
      client.raw, AttachMessage.resizePacket(TerminalSize(rows: 33, columns: 300)))
    try UnixSocket.send(client.raw, AttachMessage.resize.packet([1, 2]))
    try UnixSocket.send(client.raw, [0xFF, 1])
    try UnixSocket.send(client.raw, AttachMessage.output.packet("x".utf8))
    try UnixSocket.send(client.raw, AttachMessage.endOfInput.packet())
    try turn()
    #expect(asked.words == ["input abc", "size 33 300", "end"])
  }

  @Test("a client that goes ends its input and is served no more")
  func gone() throws {
    let (leaving, staying) = (try client(), try client())
    leaving.close()
    try turn()
    #expect(asked.words == ["end"])
    broadcast(.output, Array("out".utf8))
    #expect(try receive(staying) == AttachMessage.output.packet("out".utf8))
    #expect(server.isIdle)
  }

  @Test("a client that does not read holds the rest back, and is told of once it reads again")
  func congestion() throws {
    let (slow, quick) = (try client(), try client())
    let packet = [UInt8](repeating: 7, count: AttachMessage.maximumLength - 1)
    var sent = 0
    while server.isIdle {
      broadcast(.output, packet)
      sent += 1
      _ = try receive(quick)
    }
    #expect(server.pendingPackets == 1)
    #expect(asked.congestion.last == true)
    for _ in 0..<sent {
      #expect(try receive(slow).count == AttachMessage.maximumLength)
      try turn()
    }
    #expect(server.isIdle)
    #expect(asked.congestion.last == false)
  }

  @Test("a congested client that goes does not hold the others back")
  func congestedAndGone() throws {
    let slow = try client()
    let packet = [UInt8](repeating: 7, count: AttachMessage.maximumLength - 1)
    while server.isIdle { broadcast(.output, packet) }
    slow.close()
    try turn()
    #expect(server.isIdle)
    #expect(asked.congestion.last == false)
  }

  @Test("what clients ask for waits while there is no room for it, and then comes whole")
  func heldBack() throws {
    let client = try client()
    server.setReceiving(false)
    try UnixSocket.send(client.raw, AttachMessage.input.packet("abc".utf8))
    try UnixSocket.send(client.raw, AttachMessage.endOfInput.packet())
    try turn()
    #expect(asked.words.isEmpty)
    broadcast(.output, Array("out".utf8))
    #expect(try receive(client) == AttachMessage.output.packet("out".utf8))
    // Also of one that went meanwhile.
    client.close()
    broadcast(.output, Array("nobody hears this".utf8))
    try turn()
    #expect(asked.words.isEmpty && server.isIdle)
    server.setReceiving(true)
    try turn()
    #expect(asked.words == ["input abc", "end", "end"])
  }

  @Test("clients connect by a socket's path, until the server closes")
  func listen() throws {
    let files = try TemporaryDirectory()
    let path = "\(files.path)/socket"
    try server.listen(path)
    let client = try UnixSocket.connect(path, .messages)
    try turn()
    #expect(try receive(client) == AttachMessage.versionPacket)
    broadcast(.output, Array("out".utf8))
    #expect(try receive(client) == AttachMessage.output.packet("out".utf8))
    server.close()
    #expect(try receive(client).isEmpty, "the end")
    #expect(throws: SyscallError.self) { try UnixSocket.connect(path, .messages) }
  }
}
