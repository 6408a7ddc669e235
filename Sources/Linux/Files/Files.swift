import CLinux
import Glibc

/// Files by path: whole reads and writes, and the small calls around them.
///
/// Everything throws `SyscallError` with the path. Links are followed unless a name says otherwise.
package enum Files {
  /// Opens a file, close-on-exec. Source: open(2).
  package static func open(
    _ path: String, _ flags: Int32, mode: mode_t = 0o644, at directory: Int32 = AT_FDCWD
  ) throws(SyscallError) -> OwnedDescriptor {
    OwnedDescriptor(
      try Syscall.retry("open", path) { openat(directory, path, flags | O_CLOEXEC, mode) })
  }

  /// The whole content of a file, at most `limit` bytes.
  package static func read(_ path: String, limit: Int = .max) throws(SyscallError) -> [UInt8] {
    let file = try open(path, O_RDONLY)
    var information = stat()
    let hint = fstat(file.raw, &information) == 0 ? Int(information.st_size) : 0
    return try Descriptors.readAll(file.raw, limit: limit, sizeHint: hint, path: path)
  }

  /// The whole content as text; bytes that are not UTF-8 become U+FFFD.
  package static func readText(_ path: String) throws(SyscallError) -> String {
    String(decoding: try read(path), as: UTF8.self)
  }

  /// The whole content, or nil when there is no such file.
  package static func readIfPresent(_ path: String) throws(SyscallError) -> [UInt8]? {
    do throws(SyscallError) {
      return try read(path)
    } catch {
      guard error.errno == ENOENT || error.errno == ENOTDIR else { throw error }
      return nil
    }
  }

  /// Creates or replaces the content in place. For state files use `writeAtomically`.
  package static func write(
    _ path: String, _ bytes: [UInt8], mode: mode_t = 0o644
  ) throws(SyscallError) {
    let file = try open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
    try Descriptors.writeAll(file.raw, bytes, path: path)
  }

  /// Creates or replaces the content in place. For state files use `writeAtomically`.
  package static func write(
    _ path: String, _ text: String, mode: mode_t = 0o644
  ) throws(SyscallError) {
    try write(path, Array(text.utf8), mode: mode)
  }

  /// Writes to a file that must exist, in one call: for kernel files such as those of cgroups.
  package static func overwrite(_ path: String, _ text: String) throws(SyscallError) {
    let file = try open(path, O_WRONLY)
    let bytes = Array(text.utf8)
    try Syscall.retry("write", path) { Glibc.write(file.raw, bytes, bytes.count) }
  }

  /// Appends to a file, which is created when missing.
  package static func append(
    _ path: String, _ bytes: [UInt8], mode: mode_t = 0o644
  ) throws(SyscallError) {
    let file = try open(path, O_WRONLY | O_CREAT | O_APPEND, mode: mode)
    try Descriptors.writeAll(file.raw, bytes, path: path)
  }

  /// Replaces a file so that readers see the old or the new content, never a part.
  ///
  /// With `sync` it also survives a power cut from the moment the call returns.
  package static func writeAtomically(
    _ path: String, _ bytes: [UInt8], mode: mode_t = 0o644, sync: Bool = false
  ) throws(SyscallError) {
    let temporary = TemporaryName.beside(path)
    do throws(SyscallError) {
      let file = try open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
      try Descriptors.writeAll(file.raw, bytes, path: path)
      if sync { try Syscall.check(fsync(file.raw), "fsync", path) }
      try rename(temporary, path)
      if sync { try syncDirectory(parent(of: path)) }
    } catch {
      _ = Glibc.unlink(temporary)
      throw error.about(path)
    }
  }

  /// Removes files of one directory if they are there, in their order, and what a writer of them
  /// left that was killed in `writeAtomically`. Nobody may be writing them.
  package static func removeWithRemains(_ paths: [String]) throws(SyscallError) {
    guard let first = paths.first else { return }
    let directory = parent(of: first)
    let beginnings = paths.map { "\(name(of: $0))." }
    for entry in try listIfPresent(directory) where entry.hasSuffix(TemporaryName.ending) {
      guard beginnings.contains(where: entry.hasPrefix) else { continue }
      try removeIfPresent("\(directory)/\(entry)")
    }
    for path in paths { try removeIfPresent(path) }
  }

  /// Makes the entries of a directory durable. Source: fsync(2).
  package static func syncDirectory(_ path: String) throws(SyscallError) {
    let directory = try open(path, O_RDONLY | O_DIRECTORY)
    try Syscall.check(fsync(directory.raw), "fsync", path)
  }

  /// Renames, replacing the target. Source: rename(2).
  package static func rename(_ from: String, _ to: String) throws(SyscallError) {
    try Syscall.check(Glibc.rename(from, to), "rename", to)
  }

  /// Removes a file or link. Source: unlink(2).
  package static func remove(_ path: String) throws(SyscallError) {
    try Syscall.check(unlink(path), "unlink", path)
  }

  /// Removes a file or link if it is there.
  package static func removeIfPresent(_ path: String) throws(SyscallError) {
    if unlink(path) < 0, errno != ENOENT, errno != ENOTDIR {
      throw SyscallError("unlink", path: path)
    }
  }

  /// Removes an empty directory. Source: rmdir(2).
  package static func removeDirectory(_ path: String) throws(SyscallError) {
    try Syscall.check(rmdir(path), "rmdir", path)
  }

  /// Makes a symbolic link at `path` that reads `target`. Source: symlink(2).
  package static func link(_ path: String, to target: String) throws(SyscallError) {
    try Syscall.check(Glibc.symlink(target, path), "symlink", path)
  }

  /// Makes a second name for a file. Source: link(2).
  package static func hardLink(_ path: String, to existing: String) throws(SyscallError) {
    try Syscall.check(Glibc.link(existing, path), "link", path)
  }

  /// Makes a file for writing that has no name in its directory, and ends with its descriptor unless
  /// it gets one. Fails where the file system has no such files. Source: open(2), O_TMPFILE.
  package static func openUnnamed(
    in directory: String, mode: mode_t
  ) throws(SyscallError) -> OwnedDescriptor {
    let unnamed: Int32 = 0o20_000_000 | O_DIRECTORY
    return try open(directory, O_WRONLY | unnamed, mode: mode)
  }

  /// Gives a file that is open a name; fails when there is something of that name. Source: open(2).
  package static func link(descriptor: Int32, at path: String) throws(SyscallError) {
    try Syscall.check(
      linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW), "link",
      path)
  }

  /// What a symbolic link reads. Source: readlink(2).
  package static func readLink(
    _ path: String, at directory: Int32 = AT_FDCWD
  ) throws(SyscallError) -> String {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      let characters = bytes.assumingMemoryBound(to: CChar.self)
      return readlinkat(
        directory, path, characters.baseAddress.unsafelyUnwrapped, bytes.count)
    }
    try Syscall.check(count, "readlink", path)
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  /// The absolute path without links, `.` and `..`. Source: realpath(3).
  package static func realPath(_ path: String) throws(SyscallError) -> String {
    guard let resolved = realpath(path, nil) else { throw SyscallError("realpath", path: path) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Changes the permission bits. Source: chmod(2).
  package static func setMode(_ path: String, _ mode: mode_t) throws(SyscallError) {
    try Syscall.check(chmod(path, mode), "chmod", path)
  }

  /// Changes owner and group, of the link itself if it is one. Source: lchown(2).
  package static func setOwner(
    _ path: String, user: uid_t, group: gid_t
  ) throws(SyscallError) {
    try Syscall.check(lchown(path, user, group), "chown", path)
  }

  /// The path without its last component; `.` for a bare name.
  package static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last component of a path.
  package static func name(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return path }
    return String(path[path.index(after: slash)...])
  }
}
