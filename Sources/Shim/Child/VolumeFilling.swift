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
      for entry in existing { try Files.removeTree(entry.name, at: top.raw) }
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

  // Where a file with several names was copied first.
  private var copied: [FileNumber: (directory: OwnedDescriptor, name: String)] = [:]

  /// Copies the content and the properties of a directory.
  mutating func copyDirectory(
    from source: OwnedDescriptor, to target: OwnedDescriptor, path: String
  ) throws(SyscallError) {
    for entry in try Files.entries(source, path: path) {
      try copy(entry.name, from: source, to: target, path: "\(path)/\(entry.name)")
    }
    try copyProperties(from: source.raw, to: target.raw)
  }

  private mutating func copy(
    _ name: String, from source: OwnedDescriptor, to target: OwnedDescriptor, path: String
  ) throws(SyscallError) {
    let status = try Files.status(name, followLinks: false, at: source.raw)
    switch status.kind {
    case .directory:
      try Syscall.check(mkdirat(target.raw, name, 0o700), "mkdir", path)
      let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
      try copyDirectory(
        from: Files.open(name, flags, at: source.raw), to: Files.open(name, flags, at: target.raw),
        path: path)
    case .regular: try copyFile(name, status, from: source, to: target, path: path)
    case .symbolicLink:
      let text = try Files.readLink(name, at: source.raw)
      try Syscall.check(symlinkat(text, target.raw, name), "symlink", path)
      try own(name, status, target, path)
    case .characterDevice, .blockDevice, .pipe:
      let type =
        status.kind == .pipe ? S_IFIFO : status.kind == .blockDevice ? S_IFBLK : S_IFCHR
      // The mode at once: later the name may be a link that somebody put there.
      let mask = umask(0)
      defer { umask(mask) }
      try Syscall.check(
        mknodat(target.raw, name, type | status.mode, dev_t(status.represents)), "mknod", path)
      try own(name, status, target, path)
    case .socket: break
    }
  }

  private mutating func copyFile(
    _ name: String, _ status: FileStatus, from source: OwnedDescriptor,
    to target: OwnedDescriptor, path: String
  ) throws(SyscallError) {
    let number = FileNumber(device: status.device, inode: status.inode)
    if status.links > 1, let first = copied[number] {
      try Syscall.check(
        linkat(first.directory.raw, first.name, target.raw, name, 0), "link", path)
      return
    }
    let from = try Files.open(name, O_RDONLY | O_NOFOLLOW, at: source.raw)
    let to = try Files.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600, at: target.raw)
    while try Syscall.retry("sendfile", path, { sendfile(to.raw, from.raw, nil, 1 << 24) }) > 0 {}
    try copyProperties(from: from.raw, to: to.raw)
    if status.links > 1 { copied[number] = (target, name) }
  }

  private func own(
    _ name: String, _ status: FileStatus, _ target: OwnedDescriptor, _ path: String
  ) throws(SyscallError) {
    try Syscall.check(
      fchownat(target.raw, name, status.user, status.group, AT_SYMLINK_NOFOLLOW), "chown", path)
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
