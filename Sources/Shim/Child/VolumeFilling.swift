import Glibc
import Linux
import Runtime

/// Fills an empty volume with what the image has where it is mounted.
///
/// A file beside the volume's data marks a filling that has begun: should it be interrupted, the
/// next start begins again.
struct VolumeFilling {
  /// The top of the volume.
  let volume: OwnedDescriptor
  /// The directory that holds the volume's data.
  let parent: OwnedDescriptor
  /// The path in the image.
  let content: String

  private static let marker = ".filling"

  /// Copies from `image`; where that has no directory there is nothing to copy.
  func run(_ image: RootedDirectory) throws(SyscallError) {
    guard let source = try find(image) else { return }
    // One container at a time; others find the volume filled.
    try Syscall.retry("flock", content) { flock(parent.raw, LOCK_EX) }
    defer { flock(parent.raw, LOCK_UN) }
    let isInterrupted = faccessat(parent.raw, Self.marker, F_OK, 0) == 0
    let top = try Files.open(".", O_RDONLY | O_DIRECTORY, at: volume.raw)
    let existing = try Files.entries(top, path: content)
    guard existing.isEmpty || isInterrupted else { return }
    _ = try Files.open(Self.marker, O_WRONLY | O_CREAT, mode: 0o600, at: parent.raw)
    if isInterrupted {
      for entry in existing {
        try Files.removeTree(entry.bytes, path: "\(content)/\(entry.name)", at: top.raw)
      }
    }
    var copy = VolumeCopy()
    try copy.copyDirectory(from: source, to: top, path: content)
    unlinkat(parent.raw, Self.marker, 0)
  }

  private func find(_ image: RootedDirectory) throws(SyscallError) -> OwnedDescriptor? {
    do throws(SyscallError) {
      return try image.open(content, O_RDONLY | O_DIRECTORY)
    } catch {
      guard [ENOENT, ENOTDIR, ELOOP].contains(error.errno) else { throw error }
      return nil
    }
  }
}

/// Copies a tree with owners, modes, times, links, devices and extended attributes.
struct VolumeCopy {
  private struct FileNumber: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  // Where a file with several names was copied first. Names are bytes, which need not be text.
  private var copied: [FileNumber: (directory: OwnedDescriptor, name: [CChar])] = [:]

  /// Copies the content and the properties of a directory.
  mutating func copyDirectory(
    from source: OwnedDescriptor, to target: OwnedDescriptor, path: String
  ) throws(SyscallError) {
    for entry in try Files.entries(source, path: path) {
      try copy(entry.bytes, from: source, to: target, path: "\(path)/\(entry.name)")
    }
    try copyProperties(from: source.raw, to: target.raw)
  }

  private mutating func copy(
    _ name: [CChar], from source: OwnedDescriptor, to target: OwnedDescriptor, path: String
  ) throws(SyscallError) {
    var status = stat()
    try Syscall.check(fstatat(source.raw, name, &status, AT_SYMLINK_NOFOLLOW), "stat", path)
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      try Syscall.check(mkdirat(target.raw, name, 0o700), "mkdir", path)
      let flags = O_RDONLY | O_DIRECTORY
      try copyDirectory(
        from: open(name, flags, at: source, path), to: open(name, flags, at: target, path),
        path: path)
    case S_IFREG: try copyFile(name, status, from: source, to: target, path: path)
    case S_IFLNK:
      var text = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
      try Syscall.check(readlinkat(source.raw, name, &text, Int(PATH_MAX)), "readlink", path)
      try Syscall.check(symlinkat(text, target.raw, name), "symlink", path)
      try own(name, status, target, path)
    case S_IFSOCK: break
    default:
      // The mode at once: later the name may be a link that somebody put there.
      let mask = umask(0)
      defer { umask(mask) }
      try Syscall.check(mknodat(target.raw, name, status.st_mode, status.st_rdev), "mknod", path)
      try own(name, status, target, path)
    }
  }

  private mutating func copyFile(
    _ name: [CChar], _ status: stat, from source: OwnedDescriptor,
    to target: OwnedDescriptor, path: String
  ) throws(SyscallError) {
    let number = FileNumber(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    if status.st_nlink > 1, let first = copied[number] {
      try Syscall.check(
        linkat(first.directory.raw, first.name, target.raw, name, 0), "link", path)
      return
    }
    let from = try open(name, O_RDONLY, at: source, path)
    let to = try open(name, O_WRONLY | O_CREAT | O_EXCL, at: target, path)
    try copyData(from: from.raw, to: to.raw, size: Int64(status.st_size), path: path)
    try copyProperties(from: from.raw, to: to.raw)
    if status.st_nlink > 1 { copied[number] = (target, name) }
  }

  private func open(
    _ name: [CChar], _ flags: Int32, at directory: OwnedDescriptor, _ path: String
  ) throws(SyscallError) -> OwnedDescriptor {
    OwnedDescriptor(
      try Syscall.retry("open", path) {
        openat(directory.raw, name, flags | O_NOFOLLOW | O_CLOEXEC, 0o600)
      })
  }

  /// Copies what is not a hole: a sparse file may claim any size. Source: lseek(2).
  private func copyData(
    from: Int32, to: Int32, size: Int64, path: String
  ) throws(SyscallError) {
    let (seekData, seekHole) = (Int32(3), Int32(4))
    var start = lseek(from, 0, seekData)
    while start >= 0 {
      let end = try Syscall.check(lseek(from, start, seekHole), "lseek", path)
      try Syscall.check(lseek(to, start, SEEK_SET), "lseek", path)
      var position = start
      while position < end {
        let wanted = min(end - position, 1 << 24)
        let count = try Syscall.retry("sendfile", path) {
          sendfile(to, from, &position, wanted)
        }
        guard count > 0 else { return }
      }
      start = lseek(from, end, seekData)
    }
    guard errno == ENXIO else { throw SyscallError("lseek", path: path) }
    try Syscall.check(ftruncate(to, Int(size)), "truncate", path)
  }

  private func own(
    _ name: [CChar], _ status: stat, _ target: OwnedDescriptor, _ path: String
  ) throws(SyscallError) {
    try Syscall.check(
      fchownat(target.raw, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW), "chown", path)
  }

  private func copyProperties(from source: Int32, to target: Int32) throws(SyscallError) {
    var information = stat()
    try Syscall.check(fstat(source, &information), "fstat")
    try Syscall.check(fchown(target, information.st_uid, information.st_gid), "chown")
    try Syscall.check(fchmod(target, information.st_mode & 0o7777), "chmod")
    // Overlay's own marks say nothing in a volume.
    for name in Files.attributeNames(source) where !name.hasPrefix("trusted.") {
      try Files.copyAttribute(name, from: source, to: target)
    }
    let times = [information.st_atim, information.st_mtim]
    try Syscall.check(futimens(target, times), "utimens")
  }
}
