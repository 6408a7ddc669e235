import CLinux
import Glibc

/// How a path is resolved below a directory. Source: openat2(2).
package struct PathRules: Sendable, Hashable {
  /// What `..` above the directory and absolute paths and links mean.
  package enum Scope: Sendable, Hashable {
    /// The directory is the root, as after chroot(2). Source: `RESOLVE_IN_ROOT`.
    case root
    /// They are refused with `EXDEV`. Source: `RESOLVE_BENEATH`.
    case beneath
  }

  /// What happens where a path leads up and out.
  package var scope = Scope.root
  /// False refuses every symbolic link on the way with `ELOOP`. Source: `RESOLVE_NO_SYMLINKS`.
  package var followsLinks = true

  /// Links are followed, and stay inside.
  package static let inside = PathRules()
  /// No component may be a link.
  package static let withoutLinks = PathRules(followsLinks: false)
  /// Links are followed as long as they do not lead out.
  package static let beneath = PathRules(scope: .beneath)
}

/// The calls that look a path up below a directory, one name at a time or at once. They know of
/// nothing but the directory that they are given.
package protocol PathCalls {
  /// Opens a path below `root`, close-on-exec. Links that only the kernel can follow, such as those
  /// in `/proc/PID/fd`, are refused with `ELOOP`. Source: openat2(2).
  func open(
    below root: Int32, _ path: String, _ flags: Int32, mode: mode_t, _ rules: PathRules
  ) throws(SyscallError) -> OwnedDescriptor
  /// Opens one name in a directory, or a path of the machine's. Source: openat(2).
  func open(
    _ path: String, _ flags: Int32, mode: mode_t, at directory: Int32
  ) throws(SyscallError) -> OwnedDescriptor
  /// What the kernel knows of an open file. Source: fstat(2).
  func status(descriptor: Int32) throws(SyscallError) -> FileStatus
  /// The type of the file system of an open file, a number of statfs(2).
  func fileSystem(descriptor: Int32) throws(SyscallError) -> FileSystemType
  /// What a symbolic link reads that was opened as a place. Source: readlinkat(2).
  func readLink(descriptor: Int32, path: String) throws(SyscallError) -> String
  /// Makes a directory of this name in an open one. Source: mkdirat(2).
  func makeDirectory(
    _ name: String, mode: mode_t, at directory: Int32, path: String
  ) throws(SyscallError)
  /// Makes a symbolic link of this name. Source: symlinkat(2).
  func makeLink(
    _ name: String, to target: String, at directory: Int32, path: String
  ) throws(SyscallError)
  /// Makes a device node of this name with exactly this mode. Source: mknodat(2).
  func makeDevice(
    _ name: String, _ device: DeviceNumber, mode: mode_t, at directory: Int32, path: String
  ) throws(SyscallError)
  /// Removes a file or link of this name, or an empty directory. Source: unlinkat(2).
  func remove(
    _ name: String, isDirectory: Bool, at directory: Int32, path: String
  ) throws(SyscallError)
  /// Changes owner and group of a name, of the link itself if it is one. Source: fchownat(2).
  func setOwner(
    _ name: String, user: uid_t, group: gid_t, at directory: Int32, path: String
  ) throws(SyscallError)
}

/// A device as the kernel knows it. Source: mknod(2).
package struct DeviceNumber: Sendable, Hashable {
  /// True for a block device, false for a character device.
  package var isBlock = false
  /// The number of its driver.
  package var major: UInt32
  /// Which of the driver's devices.
  package var minor: UInt32

  /// Makes a number.
  package init(isBlock: Bool = false, _ major: UInt32, _ minor: UInt32) {
    self.isBlock = isBlock
    self.major = major
    self.minor = minor
  }
}

/// The kinds of file systems that a path must be told apart from. Source: statfs(2).
package struct FileSystemType: RawRepresentable, Sendable, Hashable {
  /// The kernel's number.
  package let rawValue: Int
  /// Takes the kernel's number.
  package init(rawValue: Int) { self.rawValue = rawValue }
  /// Processes and settings of the kernel.
  package static let processes = FileSystemType(rawValue: 0x9FA0)
  /// Terminals.
  package static let terminals = FileSystemType(rawValue: 0x1CD1)
  /// Profiles of AppArmor, whose links only the kernel can follow.
  package static let profiles = FileSystemType(rawValue: 0x5A3C_69F0)
}
