import CLinux
import Glibc

extension Files {
  /// Makes a named pipe with exactly this mode. Source: mkfifo(3).
  package static func makePipe(_ path: String, mode: mode_t = 0o600) throws(SyscallError) {
    try Syscall.check(mkfifo(path, mode), "mkfifo", path)
  }

  /// Makes a device node with exactly this mode. Source: mknod(2).
  package static func makeDevice(
    _ path: String, kind: FileStatus.Kind, major: UInt32, minor: UInt32, mode: mode_t
  ) throws(SyscallError) {
    let before = umask(0)
    defer { umask(before) }
    let type = kind == .blockDevice ? S_IFBLK : S_IFCHR
    try Syscall.check(
      linux_make_device(AT_FDCWD, path, UInt32(type | mode), major, minor), "mknod", path)
  }

  /// The flag that opens a place in the file tree rather than the file. Source: open(2).
  package static let pathOnly = Int32(LINUX_O_PATH)

  /// The names of a file's extended attributes. Source: flistxattr(2).
  package static func attributeNames(_ descriptor: Int32) -> [String] {
    let size = flistxattr(descriptor, nil, 0)
    guard size > 0 else { return [] }
    var buffer = [CChar](repeating: 0, count: size)
    let count = flistxattr(descriptor, &buffer, size)
    guard count > 0 else { return [] }
    return buffer[..<count].split(separator: 0).map { name in
      String(decoding: name.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  /// The value of an extended attribute, up to 256 bytes, of a file or link; nil when it has none
  /// of this name. Source: lgetxattr(2).
  package static func attribute(_ name: String, of path: String) -> [UInt8]? {
    var value = [UInt8](repeating: 0, count: 256)
    let count = lgetxattr(path, name, &value, value.count)
    return count < 0 ? nil : Array(value.prefix(count))
  }

  /// The value of an extended attribute, up to 256 bytes, of an open file; nil when it has none of
  /// this name. Source: fgetxattr(2).
  package static func attribute(_ name: String, ofOpen descriptor: Int32) -> [UInt8]? {
    var value = [UInt8](repeating: 0, count: 256)
    let count = fgetxattr(descriptor, name, &value, value.count)
    return count < 0 ? nil : Array(value.prefix(count))
  }

  /// Copies one extended attribute from file to file. Source: fgetxattr(2), fsetxattr(2).
  package static func copyAttribute(
    _ name: String, from: Int32, to: Int32
  ) throws(SyscallError) {
    let size = try Syscall.check(fgetxattr(from, name, nil, 0), "getxattr", name)
    var value = [UInt8](repeating: 0, count: size)
    let count = try Syscall.check(fgetxattr(from, name, &value, size), "getxattr", name)
    try Syscall.check(fsetxattr(to, name, value, count, 0), "setxattr", name)
  }
}
