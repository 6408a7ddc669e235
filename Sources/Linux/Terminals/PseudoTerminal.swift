import CLinux
import Glibc

/// A terminal whose other end a program holds. Source: pty(7), ioctl_tty(2).
package struct PseudoTerminal {
  /// The end that plays the screen and keyboard.
  package let controller: OwnedDescriptor
  /// The number of the terminal: it is `/dev/pts/<number>`.
  package let number: UInt32

  /// Takes over the controlling end of the terminal with this number.
  package init(controller: OwnedDescriptor, number: UInt32) {
    self.controller = controller
    self.number = number
  }

  /// Makes a terminal of an open `ptmx` of a devpts file system.
  package init(_ multiplexer: OwnedDescriptor) throws(SyscallError) {
    controller = multiplexer
    var number: UInt32 = 0
    var locked: Int32 = 0
    let getNumber: UInt = 0x8004_5430
    let setLock: UInt = 0x4004_5431
    try Syscall.check(linux_ioctl(controller.raw, getNumber, &number), "ioctl TIOCGPTN")
    try Syscall.check(linux_ioctl(controller.raw, setLock, &locked), "ioctl TIOCSPTLCK")
    self.number = number
  }

  /// Makes a terminal in the devpts file system mounted at `directory`, one of the machine's.
  package init(directory: String = "/dev/pts") throws(SyscallError) {
    try self.init(Files.open("\(directory)/ptmx", O_RDWR | O_NOCTTY))
  }

  /// Opens the end that a program holds, by no path. Source: TIOCGPTPEER(2const).
  package func openProgramEnd() throws(SyscallError) -> OwnedDescriptor {
    let flags = UnsafeMutableRawPointer(bitPattern: UInt(O_RDWR | O_NOCTTY | O_CLOEXEC))
    return OwnedDescriptor(
      try Syscall.check(
        linux_ioctl(controller.raw, UInt(LINUX_TIOCGPTPEER), flags), "ioctl TIOCGPTPEER"))
  }

  /// Makes the terminal behind `descriptor` that of our session, which we must lead.
  package static func takeOver(_ descriptor: Int32) throws(SyscallError) {
    try Syscall.check(linux_ioctl(descriptor, UInt(LINUX_TIOCSCTTY), nil), "ioctl TIOCSCTTY")
  }
}
