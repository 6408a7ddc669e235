import Glibc
import Linux

/// A netlink socket of the kernel, in the network namespace of the thread that makes it.
///
/// Source: netlink(7).
package final class NetlinkSocket: NetlinkTransport {
  /// Which part of the kernel is spoken to.
  package enum Family: Int32, Sendable {
    /// Links, addresses and routes (`NETLINK_ROUTE`).
    case route = 0
    /// nf_tables and connection tracking (`NETLINK_NETFILTER`).
    case netfilter = 12
  }

  /// Who sends. The kernel works a message off before it lets its sender go on.
  package enum Sender: Sendable {
    /// The calling thread.
    case caller
    /// A process of its own: for what the kernel takes long to finish after it took effect. It ends
    /// by itself, even when this process is long gone.
    case child
  }

  private let descriptor: OwnedDescriptor
  private let sender: Sender
  private var children: [OwnedDescriptor] = []
  private var buffer = [UInt8](repeating: 0, count: bufferLength)

  private static let bufferLength = 32_768

  private static let netlinkFamily: Int32 = 16
  private static let netlinkLevel: Int32 = 270
  private static let cappedAcknowledgement: Int32 = 10
  private static let extendedAcknowledgement: Int32 = 11

  /// Opens a socket.
  package init(_ family: Family, sender: Sender = .caller) throws(SyscallError) {
    self.sender = sender
    let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let raw = try Syscall.check(socket(Self.netlinkFamily, type, family.rawValue), "socket")
    descriptor = OwnedDescriptor(raw)
    setOption(Self.netlinkLevel, Self.cappedAcknowledgement, 1)
    setOption(Self.netlinkLevel, Self.extendedAcknowledgement, 1)
    // The kernel answers at once; a lost answer must end in an error, never in a hang.
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(
      raw, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit {
    descriptor.close()
    children.removeAll()
  }

  private func setOption(_ level: Int32, _ name: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor.raw, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Sends one datagram. The corresponding C function is `send`.
  package func send(_ datagram: [UInt8]) throws(SyscallError) {
    switch sender {
    case .caller:
      try Syscall.retry("send") { Glibc.send(descriptor.raw, datagram, datagram.count, 0) }
    case .child:
      children.append(try ChildSender.send(datagram, to: descriptor.raw))
    }
  }

  /// Waits for a datagram no longer than so many milliseconds; nil when none came.
  func receive(within milliseconds: Int32) throws(SyscallError) -> [UInt8]? {
    var entry = [pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)]
    guard try Descriptors.poll(&entry, timeoutMilliseconds: milliseconds) else { return nil }
    return try receive()
  }

  /// Waits for the next datagram, at most ten seconds. The corresponding C function is `recv`.
  package func receive() throws(SyscallError) -> [UInt8] {
    let truncation = Int32(MSG_TRUNC)
    let count = try Syscall.retry("recv") {
      recv(descriptor.raw, &buffer, Self.bufferLength, truncation)
    }
    guard count <= Self.bufferLength else { throw SyscallError("recv", errno: EMSGSIZE) }
    return Array(buffer[..<count])
  }
}
