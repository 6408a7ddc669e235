import CLinux
import Glibc

/// One name in a directory.
package struct DirectoryEntry: Sendable, Hashable {
  /// The name's bytes as text; names that are not UTF-8 are repaired and cannot be opened by it.
  package var name: String
  /// The name as the kernel knows it, with the zero byte at its end: any bytes, not always text.
  package var bytes: [CChar]
  /// True for a directory, nil when the file system does not say.
  package var isDirectory: Bool?
}

extension Files {
  /// The names in a directory, sorted, without `.` and `..`.
  package static func list(_ path: String) throws(SyscallError) -> [String] {
    let directory = try open(path, O_RDONLY | O_DIRECTORY)
    return try entries(directory, path: path).map(\.name).sorted()
  }

  /// The names in a directory, or none when it does not exist.
  package static func listIfPresent(_ path: String) throws(SyscallError) -> [String] {
    do throws(SyscallError) {
      return try list(path)
    } catch {
      guard error.errno == ENOENT else { throw error }
      return []
    }
  }

  /// The entries of an open directory in the kernel's order, without `.` and `..`.
  ///
  /// The descriptor keeps its position: read it once.
  package static func entries(
    _ directory: OwnedDescriptor, path: String
  ) throws(SyscallError) -> [DirectoryEntry] {
    // The stream closes the descriptor it is given.
    let duplicate = try Syscall.check(fcntl(directory.raw, F_DUPFD_CLOEXEC, 3), "fcntl", path)
    guard let stream = fdopendir(duplicate) else {
      let error = SyscallError("opendir", path: path)
      Glibc.close(duplicate)
      throw error
    }
    defer { closedir(stream) }
    var result: [DirectoryEntry] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw SyscallError("readdir", path: path) }
        return result
      }
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { name in
        name.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
      }
      let name = String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if name == "." || name == ".." { continue }
      let type = Int(entry.pointee.d_type)
      let isDirectory = type == Int(DT_UNKNOWN) ? nil : type == Int(DT_DIR)
      result.append(DirectoryEntry(name: name, bytes: bytes, isDirectory: isDirectory))
    }
  }

  /// Makes a directory. Source: mkdir(2).
  package static func makeDirectory(_ path: String, mode: mode_t = 0o755) throws(SyscallError) {
    try Syscall.check(mkdir(path, mode), "mkdir", path)
  }

  /// Makes a directory and those above it; existing ones stay as they are.
  package static func makeDirectories(_ path: String, mode: mode_t = 0o755) throws(SyscallError) {
    if mkdir(path, mode) == 0 { return }
    let code = errno
    if code == EEXIST, isDirectory(path) { return }
    guard code == ENOENT, path != "/", path != "." else {
      throw SyscallError("mkdir", path: path, errno: code == EEXIST ? ENOTDIR : code)
    }
    try makeDirectories(parent(of: path), mode: mode)
    if mkdir(path, mode) != 0, errno != EEXIST { throw SyscallError("mkdir", path: path) }
  }

  /// Removes a file, or a directory with everything in it; nothing there is not an error.
  ///
  /// No link is followed and no mount point is crossed: a mount below `path` is an error
  /// (`EXDEV` or `EBUSY`), what it covers stays.
  package static func removeTree(
    _ path: String, at place: Int32 = AT_FDCWD
  ) throws(SyscallError) {
    try removeTree(Array(path.utf8CString), path: path, at: place)
  }

  /// Removes what has a name in a directory, as `removeTree` of a path does. The name is bytes that
  /// end with zero: one that is not UTF-8 is not the one that its text says. `path` is for messages.
  package static func removeTree(
    _ name: [CChar], path: String, at place: Int32
  ) throws(SyscallError) {
    if unlinkat(place, name, 0) == 0 { return }
    switch errno {
    case ENOENT, ENOTDIR: return
    case EISDIR, EPERM: break
    default: throw SyscallError("unlink", path: path)
    }
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    let number = openat(place, name, flags)
    if number < 0, errno == ENOENT { return }
    let directory = OwnedDescriptor(try Syscall.check(number, "open", path))
    var removal = TreeRemoval(top: directory, path: path)
    for attempt in 1...removalAttempts {
      try removal.run()
      if unlinkat(place, name, AT_REMOVEDIR) == 0 || errno == ENOENT { return }
      guard errno == ENOTEMPTY, attempt < removalAttempts else {
        throw SyscallError("rmdir", path: path)
      }
    }
  }

  // Another process may write a last file while the directory is being emptied.
  private static let removalAttempts = 5
}

/// Empties a directory, by descriptors only.
private struct TreeRemoval {
  let top: OwnedDescriptor
  let path: String
  var moved = 0

  // A tree can be deeper than there are descriptors: what lies this deep is moved to the top.
  static let deepest = 200

  init(top: OwnedDescriptor, path: String) {
    self.top = top
    self.path = path
  }

  mutating func run() throws(SyscallError) {
    repeat {
      moved = 0
      try empty(top, path: path, depth: 0)
    } while moved > 0
  }

  mutating func empty(
    _ directory: OwnedDescriptor, path: String, depth: Int
  ) throws(SyscallError) {
    // A fresh descriptor reads from the beginning.
    let listing = try Files.open(".", O_RDONLY | O_DIRECTORY, at: directory.raw)
    for entry in try Files.entries(listing, path: path) {
      // By its bytes: a name that is not UTF-8 is not the one that its text says.
      let place = "\(path)/\(entry.name)"
      if entry.isDirectory != true {
        if unlinkat(directory.raw, entry.bytes, 0) == 0 || errno == ENOENT { continue }
        guard errno == EISDIR || errno == EPERM else { throw SyscallError("unlink", path: place) }
      }
      if unlinkat(directory.raw, entry.bytes, AT_REMOVEDIR) == 0 || errno == ENOENT { continue }
      guard errno == ENOTEMPTY || errno == EEXIST else { throw SyscallError("rmdir", path: place) }
      try remove(entry.bytes, in: directory, path: place, depth: depth)
    }
  }

  private mutating func remove(
    _ name: [CChar], in directory: OwnedDescriptor, path: String, depth: Int
  ) throws(SyscallError) {
    if depth >= Self.deepest {
      let unique = ".deep-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
      try Syscall.check(renameat(directory.raw, name, top.raw, unique), "rename", path)
      moved += 1
      return
    }
    let flags = UInt64(O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    let resolve = UInt64(LINUX_RESOLVE_NO_XDEV | LINUX_RESOLVE_NO_SYMLINKS | LINUX_RESOLVE_BENEATH)
    let opened = linux_openat2(directory.raw, name, flags, 0, resolve)
    // Another process may be removing the same.
    if opened < 0, errno == ENOENT { return }
    let inner = OwnedDescriptor(try Syscall.check(opened, "open", path))
    try empty(inner, path: path, depth: depth + 1)
    if unlinkat(directory.raw, name, AT_REMOVEDIR) != 0, errno != ENOENT {
      // What was moved away from below may leave this one empty only after the next round.
      throw SyscallError("rmdir", path: path)
    }
  }
}
