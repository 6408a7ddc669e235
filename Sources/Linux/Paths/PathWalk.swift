import CLinux
import Glibc

/// Looks a path up below a directory name by name, by descriptors alone: what kernels without
/// openat2(2) need, and what makes what is missing on the way.
///
/// No name is given to the kernel that it could follow anywhere: each component is opened as a
/// place, links are read and taken apart here, and `..` goes back to the descriptor that the walk
/// came from. Whoever swaps directories meanwhile changes what is found, not where it can lie.
struct PathWalk {
  /// What is made where nothing is.
  enum Missing {
    case failure
    case directory(mode_t)
    /// An empty file; directories on the way to it.
    case file(mode_t)
  }

  private let calls: any PathCalls
  private let rules: PathRules
  private let missing: Missing
  private let root: Int32
  private let path: String
  // The directories that the walk came through, below the root.
  private var directories: [OwnedDescriptor] = []
  // What is left to look up, the next name last.
  private var names: [Substring] = []
  private var linksLeft = 40

  /// The mode of directories on the way to what is made.
  private static let directoryMode: mode_t = 0o755

  init(
    _ path: String, below root: Int32, _ rules: PathRules, missing: Missing = .failure,
    _ calls: any PathCalls
  ) throws(SyscallError) {
    self.calls = calls
    self.rules = rules
    self.missing = missing
    self.root = root
    self.path = path
    guard !path.isEmpty else { throw SyscallError("open", path: path, errno: ENOENT) }
    try push(path)
  }

  private var directory: Int32 { directories.last?.raw ?? root }

  private func failure(_ errno: Int32, _ call: String = "open") -> SyscallError {
    SyscallError(call, path: path, errno: errno)
  }

  // A slash at the end asks for a directory.
  private mutating func push(_ path: String) throws(SyscallError) {
    if path.utf8.first == UInt8(ascii: "/") {
      if rules.scope == .beneath { throw failure(EXDEV) }
      directories = []
    }
    if path.utf8.last == UInt8(ascii: "/") { names.append(".") }
    names += path.split(separator: "/").reversed()
  }

  /// The file or directory that the path leads to, opened with `flags`.
  mutating func open(_ flags: Int32, mode: mode_t = 0) throws(SyscallError) -> OwnedDescriptor {
    while let name = names.popLast() {
      if name == "." { continue }
      if name == ".." {
        if directories.popLast() == nil, rules.scope == .beneath { throw failure(EXDEV) }
        continue
      }
      guard names.isEmpty else {
        try enter(String(name))
        continue
      }
      if let file = try openLast(String(name), flags, mode) { return file }
    }
    guard flags & O_CREAT == 0 else { throw failure(EISDIR) }
    return try calls.open(".", flags & ~O_NOFOLLOW, mode: 0, at: directory)
  }

  /// Goes into a directory, or takes a link apart.
  private mutating func enter(_ name: String) throws(SyscallError) {
    guard let place = try find(name) else {
      guard isMaking else { throw failure(ENOENT) }
      return directories.append(try makeDirectory(name, mode: Self.directoryMode))
    }
    switch try calls.status(descriptor: place.raw).kind {
    case .directory: directories.append(place)
    case .symbolicLink: try follow(place, name)
    default: throw failure(ENOTDIR)
    }
  }

  /// The last component; nil when it was a link that is followed now.
  private mutating func openLast(
    _ name: String, _ flags: Int32, _ mode: mode_t
  ) throws(SyscallError) -> OwnedDescriptor? {
    guard let place = try find(name) else { return try make(name, flags, mode) }
    let kind = try calls.status(descriptor: place.raw).kind
    if kind == .symbolicLink {
      if flags & O_CREAT != 0, flags & O_EXCL != 0 { throw failure(EEXIST) }
      guard flags & O_NOFOLLOW != 0 else {
        try follow(place, name)
        return nil
      }
      guard flags & pathOnlyFlag != 0, flags & O_DIRECTORY == 0 else { throw failure(ELOOP) }
      return place
    }
    if case .directory = missing, kind != .directory { throw failure(ENOTDIR) }
    if flags & O_DIRECTORY != 0, kind != .directory { throw failure(ENOTDIR) }
    if flags & pathOnlyFlag != 0 { return place }
    return try calls.open(name, flags | O_NOFOLLOW, mode: mode, at: directory)
  }

  private var pathOnlyFlag: Int32 { Files.pathOnly }

  private var isMaking: Bool {
    if case .failure = missing { return false }
    return true
  }

  // What somebody else makes at the same moment is found and looked at like what was there before.
  private func make(
    _ name: String, _ flags: Int32, _ mode: mode_t
  ) throws(SyscallError) -> OwnedDescriptor {
    switch missing {
    case .failure:
      guard flags & O_CREAT != 0 else { throw failure(ENOENT) }
      return try calls.open(name, flags | O_NOFOLLOW, mode: mode, at: directory)
    case .directory(let mode): return try makeDirectory(name, mode: mode)
    case .file(let mode):
      let creating = O_WRONLY | O_CREAT | O_EXCL | O_NONBLOCK | O_NOFOLLOW
      do throws(SyscallError) {
        _ = try calls.open(name, creating, mode: mode, at: directory)
      } catch {
        guard error.errno == EEXIST else { throw error }
      }
      return try calls.open(name, Files.pathOnly | O_NOFOLLOW, mode: 0, at: directory)
    }
  }

  private func makeDirectory(
    _ name: String, mode: mode_t
  ) throws(SyscallError) -> OwnedDescriptor {
    do throws(SyscallError) {
      try calls.makeDirectory(name, mode: mode, at: directory, path: path)
    } catch {
      guard error.errno == EEXIST else { throw error }
    }
    let flags = Files.pathOnly | O_DIRECTORY | O_NOFOLLOW
    return try calls.open(name, flags, mode: 0, at: directory)
  }

  private func find(_ name: String) throws(SyscallError) -> OwnedDescriptor? {
    do throws(SyscallError) {
      return try calls.open(name, Files.pathOnly | O_NOFOLLOW, mode: 0, at: directory)
    } catch {
      guard error.errno == ENOENT else { throw failure(error.errno) }
      return nil
    }
  }

  private mutating func follow(_ link: OwnedDescriptor, _ name: String) throws(SyscallError) {
    linksLeft -= 1
    guard rules.followsLinks, linksLeft > 0, try !isMagic(link, name) else { throw failure(ELOOP) }
    try push(calls.readLink(descriptor: link.raw, path: path))
  }

  /// True for a link that leads somewhere else than where it reads. In procfs only those at the top
  /// are as they read, such as `self`; its top has the inode number 1.
  private func isMagic(_ link: OwnedDescriptor, _ name: String) throws(SyscallError) -> Bool {
    switch try calls.fileSystem(descriptor: link.raw) {
    case .profiles: true
    case .processes: try calls.status(descriptor: directory).inode != 1
    default: false
    }
  }
}
