import Glibc
import Linux
import Model
import Testing

@testable import Networking

/// Blocking sockets with a time limit, opened in the calling thread's network namespace.
enum TestSocket {
  static let limitSeconds = 60

  static func listen(_ address: IPAddress, _ port: UInt16) throws -> OwnedDescriptor {
    let socket = try InternetSocket.listening(on: SocketAddress(address, port))
    try block(socket)
    return socket
  }

  static func datagram(_ address: IPAddress, _ port: UInt16) throws -> OwnedDescriptor {
    let socket = try InternetSocket.bound(to: SocketAddress(address, port), .datagram)
    try block(socket)
    return socket
  }

  /// Connects within the time limit.
  static func connect(
    _ address: IPAddress, _ port: UInt16, seconds: Int = limitSeconds
  ) throws -> OwnedDescriptor {
    let socket = try InternetSocket.connecting(to: SocketAddress(address, port), .stream)
    var entry = [pollfd(fd: socket.raw, events: Int16(POLLOUT), revents: 0)]
    guard try Descriptors.poll(&entry, timeoutMilliseconds: Int32(seconds * 1000)) else {
      throw SyscallError("connect", errno: ETIMEDOUT)
    }
    let result = InternetSocket.connectResult(socket.raw)
    guard result == 0 else { throw SyscallError("connect", errno: result) }
    try block(socket)
    return socket
  }

  /// Makes a socket wait, but not for ever.
  static func block(_ socket: OwnedDescriptor) throws {
    let flags = try Syscall.check(fcntl(socket.raw, F_GETFL), "fcntl")
    try Syscall.check(fcntl(socket.raw, F_SETFL, flags & ~O_NONBLOCK), "fcntl")
    var limit = timeval(tv_sec: limitSeconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    try Syscall.check(setsockopt(socket.raw, SOL_SOCKET, SO_RCVTIMEO, &limit, size), "setsockopt")
  }

  static func send(_ socket: OwnedDescriptor, _ text: String) throws {
    let bytes = Array(text.utf8)
    try Syscall.check(
      Glibc.send(socket.raw, bytes, bytes.count, Int32(MSG_NOSIGNAL)), "send")
  }

  static func receive(_ socket: OwnedDescriptor) throws -> String {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = try Syscall.check(recv(socket.raw, &buffer, buffer.count, 0), "recv")
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  /// The peer's address as the listener sees it, for one connection and one line each way.
  static func exchange(
    listener: OwnedDescriptor, connect: () throws -> OwnedDescriptor
  ) throws -> SocketAddress {
    let client = try connect()
    var entry = [pollfd(fd: listener.raw, events: Int16(POLLIN), revents: 0)]
    guard try Descriptors.poll(&entry, timeoutMilliseconds: Int32(limitSeconds * 1000)) else {
      throw SyscallError("accept", errno: ETIMEDOUT)
    }
    let server = try #require(try UnixSocket.accept(listener.raw))
    try block(server)
    try send(client, "question")
    #expect(try receive(server) == "question")
    try send(server, "answer")
    #expect(try receive(client) == "answer")
    return try peer(of: server)
  }

  static func peer(of socket: OwnedDescriptor) throws -> SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getpeername(socket.raw, $0, &length)
      }
    }
    try Syscall.check(result, "getpeername")
    return try #require(withUnsafeBytes(of: &storage) { SocketAddress(bytes: $0) })
  }

  /// Sends a datagram from a new socket and waits for the answer `reply`.
  ///
  /// - Returns: who the server saw.
  static func exchangeDatagram(
    server: OwnedDescriptor, to target: SocketAddress,
    open: (SocketAddress) throws -> OwnedDescriptor
  ) throws -> SocketAddress {
    let client = try open(target)
    try send(client, "question")
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 8)
    defer { buffer.deallocate() }
    guard let (count, sender) = InternetSocket.receive(server.raw, into: buffer) else {
      throw SyscallError("recv", errno: ETIMEDOUT)
    }
    #expect(count == 8)
    InternetSocket.send(server.raw, Array("answer".utf8), to: sender)
    #expect(try receive(client) == "answer")
    return sender
  }

  /// A connected datagram socket: it takes answers from `target` alone.
  static func connectedDatagram(_ target: SocketAddress) throws -> OwnedDescriptor {
    let socket = try InternetSocket.connecting(to: target, .datagram)
    try block(socket)
    return socket
  }
}
