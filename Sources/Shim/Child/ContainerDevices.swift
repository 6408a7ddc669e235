import Glibc
import Linux
import Runtime
import State

/// The null device of a container, by a descriptor of its own.
///
/// It is taken while only we have a say in /dev, and looked at: a link in its place would have been
/// a way to another file of the container, or to one that is bound in its place.
struct NullDevice {
  let descriptor: OwnedDescriptor

  private static let path = "/dev/null"

  init(_ inside: RootedDirectory, _ kernel: any Kernel) throws(LaunchFailure) {
    descriptor = try stage("devices") { () throws(SyscallError) in
      let place = try inside.open(Self.path)
      let status = try kernel.status(descriptor: place.raw)
      guard status.kind == .characterDevice, status.major == 1, status.minor == 3 else {
        throw SyscallError("open", path: Self.path, errno: ENODEV)
      }
      let device = try inside.open(Self.path, O_RDWR | O_NOCTTY)
      let opened = try kernel.status(descriptor: device.raw)
      guard opened.device == status.device, opened.inode == status.inode else {
        throw SyscallError("open", path: Self.path, errno: ENODEV)
      }
      return device
    }
  }

  /// True when its path leads to it: not when the user has had something mounted over it.
  func isReachable(_ inside: RootedDirectory, _ kernel: any Kernel) -> Bool {
    guard let found = try? inside.status(Self.path),
      let own = try? kernel.status(descriptor: descriptor.raw)
    else { return false }
    return (found.device, found.inode) == (own.device, own.inode)
  }
}

/// Terminals of a container.
enum ContainerTerminal {
  private static let path = "/dev/pts/ptmx"

  /// The group of terminals, `tty` nearly everywhere: write(1) and others act in its name.
  static let group: UInt32 = 5

  /// Makes a terminal in the container's own file system of terminals, and opens the end for the
  /// program by no path.
  static func open(
    _ inside: RootedDirectory, _ kernel: any Kernel
  ) throws(SyscallError) -> (PseudoTerminal, program: OwnedDescriptor) {
    let place = try inside.open(path, Files.pathOnly | O_NOFOLLOW, .withoutLinks)
    guard try kernel.fileSystem(descriptor: place.raw) == .terminals else {
      throw SyscallError("open", path: path, errno: ENODEV)
    }
    let multiplexer = try inside.open(path, O_RDWR | O_NOCTTY, .withoutLinks)
    guard try kernel.fileSystem(descriptor: multiplexer.raw) == .terminals else {
      throw SyscallError("open", path: path, errno: ENODEV)
    }
    let terminal = try kernel.makeTerminal(multiplexer)
    return (terminal, try kernel.programEnd(of: terminal))
  }
}
