import CLinux
import Glibc

extension LiveKernel: PathCalls {
  // Refused for a moment while somebody renames or mounts, where `..` is on the way.
  private static let attempts = 64

  // Missing before Linux 5.6; programs that filter system calls for us may not know it either.
  private static let hasOpenat2: Bool = {
    let probe = linux_openat2(AT_FDCWD, "/", UInt64(LINUX_O_PATH), 0, 0)
    if probe >= 0 { close(probe) }
    return probe >= 0
  }()

  package func open(
    below root: Int32, _ path: String, _ flags: Int32, mode: mode_t, _ rules: PathRules
  ) throws(SyscallError) -> OwnedDescriptor {
    if Self.hasOpenat2, !walksPaths {
      for _ in 0..<Self.attempts {
        let descriptor = linux_openat2(
          root, path, UInt64(flags), UInt64(mode), Self.resolution(rules))
        if descriptor >= 0 { return OwnedDescriptor(descriptor) }
        guard errno == EAGAIN || errno == EINTR else { throw SyscallError("open", path: path) }
      }
    }
    var walk = try PathWalk(path, below: root, rules, self)
    return try walk.open(flags, mode: mode)
  }

  private static func resolution(_ rules: PathRules) -> UInt64 {
    var flags = LINUX_RESOLVE_NO_MAGICLINKS
    flags |= rules.scope == .root ? LINUX_RESOLVE_IN_ROOT : LINUX_RESOLVE_BENEATH
    if !rules.followsLinks { flags |= LINUX_RESOLVE_NO_SYMLINKS }
    return UInt64(flags)
  }

  package func fileSystem(descriptor: Int32) throws(SyscallError) -> FileSystemType {
    var information = statfs()
    try Syscall.check(fstatfs(descriptor, &information), "fstatfs")
    return FileSystemType(rawValue: Int(information.f_type))
  }

  package func readLink(descriptor: Int32, path: String) throws(SyscallError) -> String {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      let characters = bytes.assumingMemoryBound(to: CChar.self)
      return readlinkat(
        descriptor, "", characters.baseAddress.unsafelyUnwrapped, bytes.count)
    }
    try Syscall.check(count, "readlink", path)
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  package func makeDirectory(
    _ name: String, mode: mode_t, at directory: Int32, path: String
  ) throws(SyscallError) {
    try Syscall.check(mkdirat(directory, name, mode), "mkdir", path)
  }

  package func makeLink(
    _ name: String, to target: String, at directory: Int32, path: String
  ) throws(SyscallError) {
    try Syscall.check(symlinkat(target, directory, name), "symlink", path)
  }

  package func makeDevice(
    _ name: String, _ device: DeviceNumber, mode: mode_t, at directory: Int32, path: String
  ) throws(SyscallError) {
    let before = umask(0)
    defer { umask(before) }
    let type = device.isBlock ? S_IFBLK : S_IFCHR
    try Syscall.check(
      linux_make_device(directory, name, UInt32(type | mode), device.major, device.minor), "mknod",
      path)
  }

  package func remove(
    _ name: String, isDirectory: Bool, at directory: Int32, path: String
  ) throws(SyscallError) {
    let flags = isDirectory ? AT_REMOVEDIR : 0
    try Syscall.check(
      unlinkat(directory, name, flags), isDirectory ? "rmdir" : "unlink", path)
  }

  package func setOwner(
    _ name: String, user: uid_t, group: gid_t, at directory: Int32, path: String
  ) throws(SyscallError) {
    try Syscall.check(
      fchownat(directory, name, user, group, AT_SYMLINK_NOFOLLOW), "chown", path)
  }
}
