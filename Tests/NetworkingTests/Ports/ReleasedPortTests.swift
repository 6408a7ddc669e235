import Glibc
import Linux
import Model
import State
import Synchronization
import TestSupport
import Testing

@testable import Networking

/// A process that was killed has its ports until the kernel has closed them: they are waited for,
/// and nothing else is.
@Suite("ports of processes that are ending", .timeLimit(.standard), .needsRoot, .serialized)
struct ReleasedPortTests {
  /// Where a port was held, and where it is wanted.
  struct Case: Sendable, CustomTestStringConvertible {
    var transport: TransportProtocol
    var held: String
    var wanted: String?

    var testDescription: String { "\(transport.rawValue) \(held) \(wanted ?? "everywhere")" }

    var address: IPAddress? { wanted.flatMap { IPAddress($0) } }

    static let all = [TransportProtocol.tcp, .udp].flatMap { transport in
      [
        ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "0.0.0.0"),
        ("0.0.0.0", nil), ("::1", "::1"), ("::", "::1"), ("::1", nil),
      ].map { Case(transport: transport, held: $0.0, wanted: $0.1) }
    }
  }

  /// A socket that no process has open: it is on its way from one to another, until it is closed. So
  /// is one that the kernel is closing.
  private final class Transit: Sendable {
    private let ends: Mutex<[OwnedDescriptor]>

    init(_ socket: OwnedDescriptor) throws {
      let (near, far) = try UnixSocket.pair(.stream)
      try UnixSocket.send(near.raw, [0], descriptors: [socket.raw])
      socket.close()
      ends = Mutex([near, far])
    }

    func close() { ends.withLock { $0 = [] } }
  }

  private func hold(_ transport: TransportProtocol, _ text: String, _ port: UInt16 = 0) throws
    -> OwnedDescriptor
  {
    let place = SocketAddress(try #require(IPAddress(text)), port)
    return transport == .tcp
      ? try InternetSocket.listening(on: place) : try InternetSocket.bound(to: place, .datagram)
  }

  private func check(
    _ host: HostSandbox, _ port: PublishedPort, pause: @escaping @Sendable () -> Void
  ) throws {
    try host.onHost { try PortAllocator(host.layout, pause: pause).check(port, for: .random()) }
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "allowed"
    } catch {
      return (error as? NetworkError)?.diagnostic.message ?? "\(error)"
    }
  }

  @Test("a port that nobody has any more is free once it is closed", arguments: Case.all)
  func waited(_ one: Case) throws {
    try HostSandbox.with { host in
      let socket = try host.onHost { try hold(one.transport, one.held) }
      let number = try localPort(socket)
      let transit = try Transit(socket)
      let port = PublishedPort(
        hostAddress: one.address, hostPort: number, containerPort: 80, transport: one.transport)
      let pauses = Atomic(0)
      try check(host, port) {
        if pauses.add(1, ordering: .relaxed).newValue == 3 { transit.close() }
      }
      #expect(pauses.load(ordering: .relaxed) == 3)
    }
  }

  @Test("each port of a range is waited for")
  func range() throws {
    try HostSandbox.with { host in
      let sockets = try host.onHost { try (0..<3).map { _ in try hold(.tcp, "127.0.0.1") } }
      for socket in sockets {
        let port = PublishedPort(
          hostAddress: IPAddress(127, 0, 0, 1), hostPort: try localPort(socket), containerPort: 80)
        let transit = try Transit(socket)
        try check(host, port) { transit.close() }
      }
    }
  }

  @Test("one that somebody has is refused at once, with who it is", arguments: Case.all)
  func refused(_ one: Case) throws {
    try HostSandbox.with { host in
      // Its holder is in another network namespace, as this process is.
      let socket = try host.onHost { try hold(one.transport, one.held) }
      let number = try localPort(socket)
      let port = PublishedPort(
        hostAddress: one.address, hostPort: number, containerPort: 80, transport: one.transport)
      let pauses = Atomic(0)
      let text = message { try check(host, port) { pauses.add(1, ordering: .relaxed) } }
      #expect(text.contains("is already in use by "))
      #expect(text.hasSuffix("(pid \(getpid()))"))
      #expect(pauses.load(ordering: .relaxed) == 0)
    }
  }

  @Test("who has the port at another address, or in another namespace, is not blamed")
  func other() throws {
    try HostSandbox.with { host in
      let socket = try host.onHost { try hold(.tcp, "127.0.0.1") }
      let number = try localPort(socket)
      let transit = try Transit(socket)
      let beside = try host.onHost { try hold(.tcp, "127.0.0.2", number) }
      let far = try host.within(host.outsidePath) { try hold(.tcp, "127.0.0.1", number) }
      let port = PublishedPort(
        hostAddress: IPAddress(127, 0, 0, 1), hostPort: number, containerPort: 80)
      try check(host, port) { transit.close() }
      withExtendedLifetime((beside, far)) {}
    }
  }

  @Test("one that nobody is seen to have is waited for so long, and no longer")
  func bound() throws {
    try HostSandbox.with { host in
      let socket = try host.onHost { try hold(.tcp, "127.0.0.1") }
      let number = try localPort(socket)
      let transit = try Transit(socket)
      let port = PublishedPort(
        hostAddress: IPAddress(127, 0, 0, 1), hostPort: number, containerPort: 80)
      let text = message {
        try host.onHost { try PortAllocator(host.layout).check(port, for: .random()) }
      }
      #expect(
        text == "port 127.0.0.1:\(number)/tcp is already in use by "
          + "a process that cannot be seen from here")
      transit.close()
    }
  }
}
