import CLinux
import Glibc

/// What the kernel knows of a file. Source: stat(2), inode(7).
package struct FileStatus: Sendable, Hashable {
  /// What a file is.
  package enum Kind: Sendable, Hashable {
    case regular
    case directory
    case symbolicLink
    case characterDevice
    case blockDevice
    case pipe
    case socket

    /// What it is in words when it must not be read like a file: somebody may have to be waited for,
    /// or it may never end. Nil for files and directories.
    package var unreadableText: String? {
      switch self {
      case .regular, .directory, .symbolicLink: nil
      case .characterDevice, .blockDevice: "a device"
      case .pipe: "a pipe"
      case .socket: "a socket"
      }
    }
  }

  /// What it is.
  package var kind: Kind
  /// Permission bits with set-user-id, set-group-id and sticky bit.
  package var mode: mode_t
  /// The owner.
  package var user: uid_t
  /// The group.
  package var group: gid_t
  /// The size in bytes.
  package var size: Int64
  /// The device it lies on.
  package var device: UInt64
  /// The number of the inode, unique on its device.
  package var inode: UInt64
  /// The number of names it has.
  package var links: UInt64
  /// The device it stands for, if it is one.
  package var represents: UInt64
  /// When its content changed last, in nanoseconds since 1970.
  package var modifiedNanoseconds: Int64
  /// The space it takes on the device, in bytes.
  package var allocated: Int64

  /// The major number of the device it stands for.
  package var major: UInt32 { linux_major(represents) }
  /// The minor number of the device it stands for.
  package var minor: UInt32 { linux_minor(represents) }

  /// Reads what stat(2) filled in.
  package init(_ information: stat) {
    switch information.st_mode & S_IFMT {
    case S_IFDIR: kind = .directory
    case S_IFLNK: kind = .symbolicLink
    case S_IFCHR: kind = .characterDevice
    case S_IFBLK: kind = .blockDevice
    case S_IFIFO: kind = .pipe
    case S_IFSOCK: kind = .socket
    default: kind = .regular
    }
    mode = information.st_mode & 0o7777
    user = information.st_uid
    group = information.st_gid
    size = Int64(information.st_size)
    device = UInt64(information.st_dev)
    inode = UInt64(information.st_ino)
    links = UInt64(information.st_nlink)
    represents = UInt64(information.st_rdev)
    modifiedNanoseconds =
      Int64(information.st_mtim.tv_sec) * 1_000_000_000 + Int64(information.st_mtim.tv_nsec)
    allocated = Int64(information.st_blocks) * 512
  }
}

/// Which file something is, whatever its name.
package struct FileIdentity: Sendable, Hashable {
  private let device: UInt64
  private let inode: UInt64

  /// The file of a status. It stands for it as long as the file is held open.
  package init(_ status: FileStatus) { (device, inode) = (status.device, status.inode) }
}

extension Files {
  /// True when something is at `path`, for those who act upon its absence.
  ///
  /// - Throws: when the kernel does not say.
  package static func isPresent(_ path: String) throws(SyscallError) -> Bool {
    do throws(SyscallError) {
      _ = try status(path, followLinks: false)
      return true
    } catch {
      guard error.errno == ENOENT || error.errno == ENOTDIR else { throw error }
      return false
    }
  }

  /// What the kernel knows of a file.
  package static func status(
    _ path: String, followLinks: Bool = true, at directory: Int32 = AT_FDCWD
  ) throws(SyscallError) -> FileStatus {
    var information = stat()
    let flags = followLinks ? 0 : AT_SYMLINK_NOFOLLOW
    try Syscall.check(fstatat(directory, path, &information, flags), "stat", path)
    return FileStatus(information)
  }

  /// What the kernel knows of an open file.
  package static func status(descriptor: Int32) throws(SyscallError) -> FileStatus {
    var information = stat()
    try Syscall.check(fstat(descriptor, &information), "fstat")
    return FileStatus(information)
  }

  /// True when something is at `path`, even a link that leads nowhere.
  package static func exists(_ path: String) -> Bool {
    var information = stat()
    return lstat(path, &information) == 0
  }

  /// True when a directory is at `path` or where it leads.
  package static func isDirectory(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
  }
}
