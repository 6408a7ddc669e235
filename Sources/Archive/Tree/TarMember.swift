import CArchive
import CLinux
import Glibc
import Linux

/// One member of a tar as libarchive read its header.
struct TarMember {
  /// What it is.
  enum Kind: Equatable {
    case file
    case directory
    case symbolicLink(target: [UInt8])
    case hardLink(target: [UInt8])
    case device(mode_t, major: UInt32, minor: UInt32)
    case pipe
  }

  var path: [UInt8]
  var kind: Kind
  var size: Int64
  var metadata: Metadata

  init(_ entry: OpaquePointer) throws(ArchiveError) {
    guard let name = archive_entry_pathname(entry) else {
      throw .unreadable(reason: "a member has no readable name")
    }
    path = Self.bytes(name)
    size = archive_entry_size(entry)
    metadata = Metadata(entry)
    for id in [archive_entry_uid(entry), archive_entry_gid(entry)]
    where id < 0 || id >= UInt32.max {
      // What is left of it in 32 bits may be root.
      throw .refused(
        member: String(decoding: path, as: UTF8.self),
        reason: "belongs to the user or group \(id), which cannot exist")
    }
    kind = try Self.kind(entry, path: path)
  }

  private static func kind(
    _ entry: OpaquePointer, path: [UInt8]
  ) throws(ArchiveError) -> Kind {
    if let target = archive_entry_hardlink(entry) { return .hardLink(target: bytes(target)) }
    let type = archive_entry_filetype(entry)
    switch type {
    case S_IFREG: return .file
    case S_IFDIR: return .directory
    case S_IFIFO: return .pipe
    case S_IFLNK: return .symbolicLink(target: archive_entry_symlink(entry).map(bytes) ?? [])
    case S_IFCHR, S_IFBLK:
      return .device(
        type, major: UInt32(truncatingIfNeeded: archive_entry_rdevmajor(entry)),
        minor: UInt32(truncatingIfNeeded: archive_entry_rdevminor(entry)))
    default:
      throw .refused(
        member: String(decoding: path, as: UTF8.self), reason: "is of an unknown type")
    }
  }

  private static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }
}

/// Owner, permissions, time and extended attributes of a file.
struct Metadata {
  var user: uid_t
  var group: gid_t
  /// Permission bits with set-user-id, set-group-id and sticky bit.
  var mode: mode_t
  var modified: timespec
  var attributes: [(name: String, value: [UInt8])] = []

  init(_ entry: OpaquePointer) {
    user = uid_t(truncatingIfNeeded: archive_entry_uid(entry))
    group = gid_t(truncatingIfNeeded: archive_entry_gid(entry))
    mode = archive_entry_perm(entry) & 0o7777
    modified = timespec(
      tv_sec: archive_entry_mtime(entry), tv_nsec: archive_entry_mtime_nsec(entry))
    var name: UnsafePointer<CChar>?
    var value: UnsafeRawPointer?
    var size = 0
    guard archive_entry_xattr_reset(entry) > 0 else { return }
    while archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK, let name {
      let text = String(cString: name)
      if Overlay.isPrivate(text) { continue }
      attributes.append((text, Array(UnsafeRawBufferPointer(start: value, count: size))))
    }
  }

  init(user: uid_t, group: gid_t, mode: mode_t, modified: timespec) {
    self.user = user
    self.group = group
    self.mode = mode
    self.modified = modified
  }

  /// Access and modification time for futimens(2).
  var times: [timespec] { [modified, modified] }

  /// Sets everything on an open file or directory. The owner comes first: changing it clears
  /// the set-user-id bit and the capabilities.
  func apply(
    to descriptor: Int32, setsOwner: Bool, setsTimes: Bool, path: String
  ) throws(SyscallError) {
    if setsOwner { try Syscall.check(fchown(descriptor, user, group), "chown", path) }
    try Syscall.check(fchmod(descriptor, mode), "chmod", path)
    for (name, value) in attributes {
      let result = fsetxattr(descriptor, name, value, value.count, 0)
      try Self.check(result, name: name, path: path)
    }
    if setsTimes { try Syscall.check(futimens(descriptor, times), "utimens", path) }
  }

  /// Sets what can be set on a link, device or pipe without opening it.
  func applyUnopened(
    _ name: UnsafePointer<CChar>, in directory: Int32, isLink: Bool, setsOwner: Bool, path: String
  ) throws(SyscallError) {
    if setsOwner {
      try Syscall.check(
        fchownat(directory, name, user, group, AT_SYMLINK_NOFOLLOW), "chown", path)
    }
    if !isLink { try Self.setMode(mode, of: name, in: directory, path: path) }
    if !attributes.isEmpty {
      let place = "/proc/self/fd/\(directory)/\(String(cString: name))"
      for (name, value) in attributes {
        try Self.check(lsetxattr(place, name, value, value.count, 0), name: name, path: path)
      }
    }
    try Syscall.check(
      utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW), "utimens", path)
  }

  // What somebody else puts in the place of the file meanwhile may be a link, which must not be
  // followed: it would be from the machine's root.
  private static func setMode(
    _ mode: mode_t, of name: UnsafePointer<CChar>, in directory: Int32, path: String
  ) throws(SyscallError) {
    let place = OwnedDescriptor(
      try Syscall.check(openat(directory, name, pathOnly | O_NOFOLLOW | O_CLOEXEC), "open", path))
    guard try Files.status(descriptor: place.raw).kind != .symbolicLink else {
      throw SyscallError("chmod", path: path, errno: ELOOP)
    }
    try Syscall.check(chmod("/proc/self/fd/\(place.raw)", mode), "chmod", path)
  }

  // Attributes of security modules that are not loaded here, and those the file system does not
  // know, mean nothing on this machine. Docker leaves them out as well.
  private static func check(
    _ result: Int32, name: String, path: String
  ) throws(SyscallError) {
    if result == 0 || errno == ENOTSUP { return }
    if errno == EPERM || errno == EINVAL, !name.hasPrefix("security.capability") { return }
    throw SyscallError("setxattr", path: path)
  }
}
