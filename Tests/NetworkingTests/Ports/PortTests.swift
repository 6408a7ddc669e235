import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Networking

@Suite("ports of the host", .timeLimit(.standard))
struct PortTests {
  private let loopback = IPAddress(127, 0, 0, 1)

  private func withAllocator(_ body: (PortAllocator, Layout) throws -> Void) throws {
    let files = try TemporaryDirectory()
    let layout = files.layout
    try body(PortAllocator(layout), layout)
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "allowed"
    } catch {
      return (error as? NetworkError)?.diagnostic.message ?? "\(error)"
    }
  }

  @Test("the kernel's table of sockets is read")
  func table() {
    let text = """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 x
         1: 0100007F:1F91 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 x
      """
    #expect(
      PortTable.parse(text, onlyListening: true)
        == [PortTable.Entry(address: loopback, port: 8080, inode: 4242)])
    #expect(PortTable.parse(text, onlyListening: false).map(\.inode) == [4242, 4243])
    #expect(PortTable.parse("nonsense\nnonsense\n", onlyListening: false).isEmpty)
  }

  @Test(
    "addresses in it are read",
    arguments: [
      ("0100007F", "127.0.0.1"), ("00000000", "0.0.0.0"), (String(repeating: "0", count: 32), "::"),
      ("000080FE00000000FE5E00000100A8C0", "fe80::5efe:c0a8:1"),
      ("0000000000000000FFFF00000100007F", "127.0.0.1"),
      ("00000000000000000000000001000000", "::1"),
    ])
  func addresses(_ digits: String, _ address: String) throws {
    let text = "head\n 0: \(digits):1F90 \(digits):0000 07 0:0 00:0 0 0 0 4242 2 x\n"
    let entries = PortTable.parse(text, onlyListening: false)
    #expect(entries.map(\.address) == [try #require(IPAddress(address))])
  }

  @Test("a port in use is refused with the program that has it")
  func inUse() throws {
    try withAllocator { allocator, _ in
      let socket = try InternetSocket.listening(on: SocketAddress(loopback, 0))
      let port = try localPort(socket)
      let wanted = PublishedPort(hostAddress: loopback, hostPort: port, containerPort: 80)
      let text = message { try allocator.check(wanted, for: .random()) }
      #expect(text.hasPrefix("port 127.0.0.1:\(port)/tcp is already in use by "))
      #expect(text.hasSuffix("(pid \(getpid()))"))
      try allocator.check(wanted, for: .random(), supervisor: getpid())
    }
  }

  @Test("a port that another container has is refused with its owner, its own is not")
  func published() throws {
    try withAllocator { allocator, layout in
      let socket = try InternetSocket.bound(to: SocketAddress(loopback, 0), .datagram)
      let port = try localPort(socket)
      socket.close()
      let container = ObjectID.random()
      let held = PublishedPort(
        hostAddress: loopback, hostPort: port, containerPort: 80, transport: .udp)
      try NetworkManager(layout).publish(container, [held], owner: "service web of project shop")
      let text = message { try allocator.check(held, for: .random()) }
      #expect(text == "port 127.0.0.1:\(port)/udp is already in use by service web of project shop")
      try allocator.check(held, for: container)
      try NetworkManager(layout).publish(container, [], owner: "")
      try allocator.check(held, for: .random())
    }
  }

  @Test("an address that is not this machine's is refused")
  func foreignAddress() throws {
    try withAllocator { allocator, _ in
      let port = PublishedPort(
        hostAddress: IPAddress(203, 0, 113, 99), hostPort: 40_000, containerPort: 80)
      let text = message { try allocator.check(port, for: .random()) }
      #expect(text.contains("this host does not have the address"))
    }
  }

  @Test("a picked port is free, within its range, and not one that is reserved")
  func pick() throws {
    try withAllocator { allocator, _ in
      let first = try allocator.pick(hostAddress: loopback, transport: .tcp)
      #expect(PortAllocator.automatic.contains(first))
      let second = try allocator.pick(
        hostAddress: loopback, transport: .tcp, reserved: [first])
      #expect(second != first)
      let socket = try InternetSocket.listening(on: SocketAddress(loopback, 0))
      let port = try localPort(socket)
      let text = message {
        _ = try allocator.pick(hostAddress: loopback, transport: .tcp, in: port...port)
      }
      #expect(text == "no port from \(port) to \(port) is free on 127.0.0.1")
    }
  }
}

@Suite("port proxy", .timeLimit(.standard), .serialized)
struct PortProxyTests {
  private let loopback = IPAddress(127, 0, 0, 1)

  /// Runs a proxy from a free port to `target` while `body` runs.
  private func withProxy(
    _ transport: TransportProtocol, to target: UInt16, _ body: (UInt16) throws -> Void
  ) throws {
    let probe = try InternetSocket.bound(
      to: SocketAddress(loopback, 0), transport == .udp ? .datagram : .stream)
    let port = try localPort(probe)
    probe.close()
    let loopback = loopback
    let thread = try LoopThread { loop in
      let proxy = PortProxy(loop)
      let failures = proxy.open(
        .random(),
        [
          PublishedPort(
            hostAddress: loopback, hostPort: port, containerPort: target, transport: transport,
            containerAddresses: [loopback])
        ])
      if let failure = failures.first { throw failure.error }
      return proxy
    }
    defer { thread.stop() }
    try body(port)
  }

  @Test("bytes pass in both directions")
  func tcp() throws {
    let listener = try TestSocket.listen(loopback, 0)
    try withProxy(.tcp, to: try localPort(listener)) { port in
      _ = try TestSocket.exchange(listener: listener) { try TestSocket.connect(loopback, port) }
    }
  }

  @Test("a client may end its side and still read the answer, however long both are")
  func halfClose() throws {
    let listener = try TestSocket.listen(loopback, 0)
    try withProxy(.tcp, to: try localPort(listener)) { port in
      let length = 3 << 20
      let server = Thread {
        guard let accepted = try? UnixSocket.accept(listener.raw) else { return 0 }
        try? TestSocket.block(accepted)
        let received = (try? Descriptors.readAll(accepted.raw))?.count ?? 0
        try? Descriptors.writeAll(accepted.raw, [UInt8](repeating: 7, count: 2 * received))
        return received
      }
      let client = try TestSocket.connect(loopback, port)
      try Descriptors.writeAll(client.raw, [UInt8](repeating: 5, count: length))
      shutdown(client.raw, Int32(SHUT_WR))
      let answer = try Descriptors.readAll(client.raw)
      #expect(server.join() == length)
      #expect(answer.count == 2 * length)
    }
  }

  @Test("a connection that the container refuses ends")
  func refused() throws {
    let listener = try TestSocket.listen(loopback, 0)
    let target = try localPort(listener)
    listener.close()
    try withProxy(.tcp, to: target) { port in
      let client = try TestSocket.connect(loopback, port)
      let rest = try? Descriptors.readAll(client.raw)
      #expect(rest?.isEmpty != false)
    }
  }

  @Test("datagrams pass in both directions, each sender has a conversation of its own")
  func udp() throws {
    let server = try TestSocket.datagram(loopback, 0)
    try withProxy(.udp, to: try localPort(server)) { port in
      let target = SocketAddress(loopback, port)
      let one = try TestSocket.exchangeDatagram(server: server, to: target) {
        try TestSocket.connectedDatagram($0)
      }
      let two = try TestSocket.exchangeDatagram(server: server, to: target) {
        try TestSocket.connectedDatagram($0)
      }
      #expect(one != two)
    }
  }

  @Test("a port that is held is in use for others, and free once it is given up")
  func holding() throws {
    let loop = try EventLoop()
    let proxy = PortProxy(loop)
    let container = ObjectID.random()
    let probe = try InternetSocket.listening(on: SocketAddress(loopback, 0))
    let port = PublishedPort(hostPort: try localPort(probe), containerPort: 1)
    #expect(!proxy.open(container, [port]).isEmpty)
    probe.close()
    #expect(proxy.open(container, [port]).isEmpty)
    #expect(throws: SyscallError.self) {
      try InternetSocket.listening(on: SocketAddress(loopback, port.hostPort))
    }
    proxy.close(container)
    _ = try InternetSocket.listening(on: SocketAddress(loopback, port.hostPort))
  }
}

/// A function that runs on a thread of its own.
final class Thread: @unchecked Sendable {
  private let body: () -> Int
  private var result = 0
  private var thread = pthread_t()

  init(_ body: @escaping () -> Int) {
    self.body = body
    let argument = Unmanaged.passUnretained(self).toOpaque()
    pthread_create(&thread, nil, runThread, argument)
  }

  fileprivate func run() { result = body() }

  /// Waits for the end and returns the result.
  func join() -> Int {
    pthread_join(thread, nil)
    return result
  }
}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let argument { Unmanaged<Thread>.fromOpaque(argument).takeUnretainedValue().run() }
  return nil
}
