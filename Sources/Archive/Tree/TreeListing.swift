import CArchive
import CLinux
import Glibc
import Linux

/// Reads directories, links and attributes as bytes.
enum TreeListing {
  /// The names in an open directory, sorted by their bytes, without `.` and `..`.
  ///
  /// A directory whose path no call would take is an error (`ENAMETOOLONG`): programs that go from
  /// one directory into the next can make trees of any depth, which would use up the stack here.
  static func names(_ directory: Int32, path: String) throws(SyscallError) -> [[UInt8]] {
    guard path.utf8.count < PATH_MAX else {
      throw SyscallError("readdir", path: String(path.prefix(64)) + "…", errno: ENAMETOOLONG)
    }
    // A fresh descriptor reads from the beginning, and is the stream's to close.
    let fresh = try Syscall.check(
      openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open", path)
    guard let stream = fdopendir(fresh) else {
      let error = SyscallError("opendir", path: path)
      close(fresh)
      throw error
    }
    defer { closedir(stream) }
    var result: [[UInt8]] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw SyscallError("readdir", path: path) }
        return result.sorted { $0.lexicographicallyPrecedes($1) }
      }
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name == [0x2E] || name == [0x2E, 0x2E] { continue }
      result.append(name)
    }
  }

  /// What the kernel knows of a name in a directory; a link is not followed.
  static func status(
    _ name: [UInt8], in directory: Int32, path: String
  ) throws(SyscallError) -> FileStatus {
    var information = stat()
    let found = name.withCString { fstatat(directory, $0, &information, AT_SYMLINK_NOFOLLOW) }
    try Syscall.check(found, "stat", path)
    return FileStatus(information)
  }

  /// What a symbolic link reads.
  static func link(
    _ name: [UInt8], in directory: Int32, path: String
  ) throws(SyscallError) -> [UInt8] {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = name.withCString { readlinkat(directory, $0, &buffer, buffer.count) }
    try Syscall.check(count, "readlink", path)
    return buffer[..<count].map { UInt8(bitPattern: $0) }
  }

  /// The names of all extended attributes.
  static func rawNames(_ descriptor: Int32, path: String = "") throws(SyscallError) -> [String] {
    let size = flistxattr(descriptor, nil, 0)
    if size == 0 || (size < 0 && errno == ENOTSUP) { return [] }
    try Syscall.check(size, "listxattr", path)
    var list = [CChar](repeating: 0, count: size)
    let filled = try Syscall.check(flistxattr(descriptor, &list, size), "listxattr", path)
    return list[..<filled].split(separator: 0).map { bytes in
      String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  /// The extended attributes that belong into an archive, sorted by name.
  static func attributes(
    _ descriptor: Int32, path: String
  ) throws(SyscallError) -> [(name: String, value: [UInt8])] {
    var result: [(String, [UInt8])] = []
    for name in try rawNames(descriptor, path: path) {
      // What a security module of this machine notes is not part of the tree.
      if Overlay.isPrivate(name) || name == "security.selinux" { continue }
      let length = try Syscall.check(fgetxattr(descriptor, name, nil, 0), "getxattr", path)
      var value = [UInt8](repeating: 0, count: length)
      try Syscall.check(fgetxattr(descriptor, name, &value, length), "getxattr", path)
      result.append((name, value))
    }
    return result.sorted { $0.0 < $1.0 }
  }
}
