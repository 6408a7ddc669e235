import CLinux
import Glibc

/// Sends datagrams from a process of its own.
///
/// For messages that the kernel works off before it lets the sender go on, and whose effect is there
/// long before that: nobody has to wait for what is left.
package enum ChildSender {
  /// Has a new process send a datagram on a socket that both share; does not wait for it. The
  /// process holds nothing else, ends by itself, and may outlive this one.
  ///
  /// Each call keeps a few kilobytes of memory for ever.
  ///
  /// - Returns: what to close after the socket: only then the process closes it too. Whoever closes
  ///   it last may have to wait as the sender does.
  package static func send(
    _ datagram: [UInt8], to socket: Int32
  ) throws(SyscallError) -> OwnedDescriptor {
    var release: Int32 = -1
    try Syscall.check(
      ProcessBirth.during {
        linux_send_from_child(socket, datagram, datagram.count, &release)
      }, "clone")
    return OwnedDescriptor(release)
  }
}
