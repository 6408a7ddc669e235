import Glibc
import Linux
import Model

/// An IP address with a port, as sockets want it. Source: ip(7), ipv6(7).
package struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
  /// The address.
  package var address: IPAddress
  /// The port.
  package var port: UInt16

  /// Makes an address.
  package init(_ address: IPAddress, _ port: UInt16) {
    self.address = address
    self.port = port
  }

  /// The text `10.0.0.1:80` or `[fd00::1]:80`.
  package var description: String { "\(address.bracketed):\(port)" }

  /// The family for socket(2).
  var socketFamily: Int32 { address.family == .ipv4 ? AF_INET : AF_INET6 }

  /// The bytes of `struct sockaddr_in` or `sockaddr_in6`.
  var bytes: [UInt8] {
    let family = withUnsafeBytes(of: sa_family_t(socketFamily)) { Array($0) }
    let head = family + [UInt8(port >> 8), UInt8(port & 0xFF)]
    let zeros = [UInt8](repeating: 0, count: address.family == .ipv4 ? 8 : 4)
    return address.family == .ipv4
      ? head + address.bytes + zeros : head + zeros + address.bytes + zeros
  }

  /// Reads what the kernel filled in; nil for another family.
  init?(bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 16 else { return nil }
    let port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    switch Int32(bytes.loadUnaligned(as: sa_family_t.self)) {
    case AF_INET:
      guard let address = IPAddress(bytes: bytes[4..<8]) else { return nil }
      self.init(address, port)
    case AF_INET6 where bytes.count >= 24:
      guard let address = IPAddress(bytes: bytes[8..<24]) else { return nil }
      self.init(address, port)
    default: return nil
    }
  }

  /// Calls `body` with a pointer for bind(2), connect(2) or sendto(2).
  func withPointer<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value? {
    bytes.withUnsafeBytes { buffer in
      buffer.baseAddress.map {
        body($0.assumingMemoryBound(to: sockaddr.self), socklen_t(buffer.count))
      }
    }
  }
}

/// Calls on internet sockets.
enum InternetSocket {
  /// Whether a socket speaks TCP or UDP.
  enum Kind {
    case stream
    case datagram
  }

  /// Makes a non-blocking socket.
  static func make(
    _ family: Int32, _ kind: Kind
  ) throws(SyscallError) -> OwnedDescriptor {
    let type = kind == .stream ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue
    let flags = SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
    return OwnedDescriptor(
      try Syscall.check(socket(family, Int32(type | flags), 0), "socket"))
  }

  /// Makes a non-blocking socket bound to an address; an IPv6 one takes IPv6 only.
  static func bound(
    to address: SocketAddress, _ kind: Kind
  ) throws(SyscallError) -> OwnedDescriptor {
    let socket = try make(address.socketFamily, kind)
    if kind == .stream { try set(socket.raw, SOL_SOCKET, SO_REUSEADDR, 1) }
    if address.address.family == .ipv6 {
      try set(socket.raw, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1)
    }
    let result = address.withPointer { bind(socket.raw, $0, $1) } ?? -1
    try Syscall.check(result, "bind", address.description)
    return socket
  }

  /// Makes a listening socket.
  static func listening(
    on address: SocketAddress, backlog: Int32 = 512
  ) throws(SyscallError) -> OwnedDescriptor {
    let socket = try bound(to: address, .stream)
    try Syscall.check(listen(socket.raw, backlog), "listen", address.description)
    return socket
  }

  /// Makes a socket that is connected, or on its way.
  static func connecting(
    to address: SocketAddress, _ kind: Kind
  ) throws(SyscallError) -> OwnedDescriptor {
    let socket = try make(address.socketFamily, kind)
    let result = address.withPointer { connect(socket.raw, $0, $1) } ?? -1
    if result < 0, errno != EINPROGRESS {
      throw SyscallError("connect", path: address.description)
    }
    return socket
  }

  /// Sets an integer option. Source: setsockopt(2).
  static func set(
    _ socket: Int32, _ level: Int32, _ name: Int32, _ value: Int32
  ) throws(SyscallError) {
    var value = value
    let size = socklen_t(MemoryLayout<Int32>.size)
    try Syscall.check(setsockopt(socket, level, name, &value, size), "setsockopt")
  }

  /// How a connection attempt ended: 0, or the error number.
  static func connectResult(_ socket: Int32) -> Int32 {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &value, &size) == 0 ? value : errno
  }

  /// Receives one datagram into `buffer`; nil when there is none now.
  static func receive(
    _ socket: Int32, into buffer: UnsafeMutableRawBufferPointer
  ) -> (count: Int, sender: SocketAddress)? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    while true {
      let count = withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          recvfrom(socket, buffer.baseAddress, buffer.count, 0, $0, &length)
        }
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0,
        let sender = withUnsafeBytes(of: &storage, { SocketAddress(bytes: $0) })
      else { return nil }
      return (count, sender)
    }
  }

  /// Sends one datagram; a full buffer or an unreachable receiver loses it, as datagrams may be.
  static func send(_ socket: Int32, _ bytes: [UInt8], to receiver: SocketAddress) {
    _ = receiver.withPointer { pointer, length in
      sendto(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL), pointer, length)
    }
  }
}
