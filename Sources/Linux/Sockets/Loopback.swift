import CLinux
import Glibc

/// The loopback link of the network namespace of the calling thread.
package enum Loopback {
  // struct ifreq: 16 bytes of name, then the flags; 40 bytes in all.
  private static let requestSize = 40
  private static let flagsOffset = 16
  private static let getFlags: UInt = 0x8913
  private static let setFlags: UInt = 0x8914

  /// Switches the link on; 127.0.0.1 and ::1 work from then on. Source: netdevice(7).
  package static func switchOn() throws(SyscallError) {
    let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = OwnedDescriptor(try Syscall.check(socket(AF_INET, kind, 0), "socket"))
    var request = [UInt8](repeating: 0, count: requestSize)
    request.replaceSubrange(0..<2, with: Array("lo".utf8))
    try Syscall.check(linux_ioctl(descriptor.raw, getFlags, &request), "ioctl SIOCGIFFLAGS", "lo")
    request[flagsOffset] |= UInt8(IFF_UP)
    try Syscall.check(linux_ioctl(descriptor.raw, setFlags, &request), "ioctl SIOCSIFFLAGS", "lo")
  }
}
