import Glibc
import Linux

/// Tells when somebody changed tables, chains or rules of nf_tables in a network namespace.
///
/// Source: netlink(7), linux/netfilter/nfnetlink.h (`NFNLGRP_NFTABLES`).
package final class NetfilterWatch {
  private let socket: OwnedDescriptor

  private static let netlinkFamily: Int32 = 16
  private static let netfilterProtocol: Int32 = 12
  private static let tablesGroup = 7

  /// Readable when something changed.
  package var descriptor: Int32 { socket.raw }

  /// Watches the calling thread's network namespace from now on.
  package init() throws(SyscallError) {
    let type =
      Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    socket = OwnedDescriptor(
      try Syscall.check(
        Glibc.socket(Self.netlinkFamily, type, Self.netfilterProtocol), "socket"))
    // Without an address of its own a socket is taken for the sender, who is not told.
    var address = KernelAddress(groups: 1 << (Self.tablesGroup - 1))
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket.raw, $0, socklen_t(MemoryLayout<KernelAddress>.size))
      }
    }
    try Syscall.check(bound, "bind")
  }

  /// `struct sockaddr_nl` of linux/netlink.h; process 0 has the kernel choose an address.
  private struct KernelAddress {
    var family = UInt16(netlinkFamily)
    var padding: UInt16 = 0
    var process: UInt32 = 0
    var groups: UInt32
  }

  /// Takes in what was told so far. That the kernel had to leave something out does not matter: it
  /// only counts that there was something.
  package func drain() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while recv(socket.raw, &buffer, buffer.count, 0) > 0 || errno == EINTR
      || errno == ENOBUFS
    {}
  }
}
