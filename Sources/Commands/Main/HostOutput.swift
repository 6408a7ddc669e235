import Glibc
import Linux
import Model

/// The umask is for the files that the command line names. What is made for containers, such as
/// their root directory, has the modes that programs there count on.
enum FileModeMask {
  /// That of whoever called us; from the first look at it on, the process has 022.
  static let caller = umask(0o022)
}

/// Writes files that the command line names, perhaps in a directory that others may write to.
enum HostOutput {
  /// Writes a text as a whole.
  static func write(_ text: String, to path: String) throws {
    do {
      try write(to: path) { descriptor in
        try Descriptors.writeAll(descriptor, Array(text.utf8), path: path)
      }
    } catch {
      throw Diagnostic(.error, "cannot write \(path): \(error)")
    }
  }

  /// Has `body` write a file. A regular file is never seen half-written under its name: a new one
  /// takes the place of the old, with its mode and owner. Links are followed, and what a dangling one
  /// names is made, but not those that others may have put there; what is not a file, such as a pipe
  /// or `/dev/null`, is written to as it is.
  static func write(to path: String, _ body: (Int32) throws -> Void) throws {
    do {
      switch try OutputPlace(path) {
      case .existing(let place): try overwrite(place, body)
      case .file(let place, let old): try replace(place, old, body)
      }
    } catch let error as SyscallError {
      // The name of the half-written file says nothing to anybody.
      throw error.path?.hasSuffix(partialEnding) == true
        ? SyscallError(error.call, path: path, errno: error.errno) : error
    }
  }

  private static func overwrite(_ path: String, _ body: (Int32) throws -> Void) throws {
    let file = try Files.open(path, O_WRONLY | O_NOCTTY)
    // Fails for what has no length, such as a pipe; what a descriptor leads to keeps its content, as
    // with a redirection of the shell's that appends.
    if !OutputPlace.standsForDescriptor(path) { _ = ftruncate(file.raw, 0) }
    try withExtendedLifetime(file) { try body(file.raw) }
  }

  private static let partialEnding = ".part"

  /// A file that is written; without a name, one that is killed leaves nothing.
  private struct Unfinished {
    let file: OwnedDescriptor
    let hasName: Bool
  }

  private static func replace(
    _ path: String, _ old: FileStatus?, _ body: (Int32) throws -> Void
  ) throws {
    let mark = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    let partial = "\(path).\(mark)\(partialEnding)"
    guard let made = try make(partial, like: old) else { return try overwrite(path, body) }
    do {
      try withExtendedLifetime(made.file) { try body(made.file.raw) }
      if !made.hasName {
        if old == nil, (try? Files.link(descriptor: made.file.raw, at: path)) != nil { return }
        try Files.link(descriptor: made.file.raw, at: partial)
      }
      try moveIntoPlace(partial, path, isNew: old == nil)
    } catch {
      try? Files.removeIfPresent(partial)
      throw error
    }
  }

  /// Makes the new file; nil when only the old one itself can be written to, or would lose its owner.
  private static func make(
    _ partial: String, like old: FileStatus?
  ) throws(SyscallError) -> Unfinished? {
    do throws(SyscallError) {
      let made = try open(partial, mode: 0o644 & ~FileModeMask.caller)
      guard let old else { return made }
      let status = try Files.status(descriptor: made.file.raw)
      let isSameOwner = status.user == old.user && status.group == old.group
      guard isSameOwner || fchown(made.file.raw, old.user, old.group) == 0 else {
        if made.hasName { try Files.remove(partial) }
        return nil
      }
      try Syscall.check(fchmod(made.file.raw, old.mode), "chmod", partial)
      return made
    } catch {
      // In a directory that we may not write to.
      guard old != nil, [EACCES, EPERM, EROFS].contains(error.errno) else { throw error }
      return nil
    }
  }

  private static func open(_ partial: String, mode: mode_t) throws(SyscallError) -> Unfinished {
    // Not every file system has files without names.
    if let file = try? Files.openUnnamed(in: Files.parent(of: partial), mode: mode) {
      return Unfinished(file: file, hasName: false)
    }
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    return Unfinished(file: try Files.open(partial, flags, mode: mode), hasName: true)
  }

  private static func moveIntoPlace(
    _ partial: String, _ path: String, isNew: Bool
  ) throws(SyscallError) {
    do throws(SyscallError) { try Files.rename(partial, path) } catch {
      // Something is mounted on the file.
      guard error.errno == EBUSY, !isNew else { throw error }
      let source = try Files.open(partial, O_RDONLY)
      let target = try Files.open(path, O_WRONLY | O_TRUNC)
      var buffer = [UInt8](repeating: 0, count: 1 << 18)
      while true {
        let count = try Syscall.retry("read", partial) { read(source.raw, &buffer, buffer.count) }
        if count == 0 { break }
        try Descriptors.writeAll(target.raw, Array(buffer[..<count]), path: path)
      }
      try Files.remove(partial)
    }
  }
}

/// Where something is written that the command line names.
private enum OutputPlace {
  /// What is there is written to: a device, a pipe, a file with several names.
  case existing(String)
  /// A file is made there, in the place of the old one if there is one.
  case file(String, old: FileStatus?)

  /// As many links as the kernel follows.
  private static let mostLinks = 40

  init(_ path: String) throws(SyscallError) {
    var path = path
    for _ in 0...Self.mostLinks {
      if Self.standsForDescriptor(path), let status = try? Files.status(path),
        status.kind != .directory
      {
        self = .existing(path)
        return
      }
      guard let status = try? Files.status(path, followLinks: false) else {
        self = .file(path, old: nil)
        return
      }
      switch status.kind {
      case .directory: throw SyscallError("open", path: path, errno: EISDIR)
      case .regular:
        self = status.links == 1 ? .file(path, old: status) : .existing(path)
        return
      case .characterDevice, .blockDevice, .pipe, .socket:
        self = .existing(path)
        return
      case .symbolicLink:
        guard try Self.isFollowed(path, status) else {
          self = .file(path, old: nil)
          return
        }
        let target = try Files.readLink(path)
        let isAbsolute = target.utf8.first == UInt8(ascii: "/")
        path = isAbsolute ? target : "\(Files.parent(of: path))/\(target)"
      }
    }
    throw SyscallError("open", path: path, errno: ELOOP)
  }

  /// True for the names in /dev and /proc that stand for what is open already.
  static func standsForDescriptor(_ path: String) -> Bool {
    path.hasPrefix("/dev/fd/") || path.hasPrefix("/dev/std") || path.hasPrefix("/proc/")
  }

  /// False for a link that somebody else may have put there for us to write through, in a directory
  /// that others may write to: it is replaced like a file.
  ///
  /// Source: proc_sys_fs(5), `protected_symlinks`, which not every machine has switched on.
  private static func isFollowed(_ path: String, _ link: FileStatus) throws(SyscallError) -> Bool {
    let directory = try Files.status(Files.parent(of: path))
    if directory.mode & 0o022 == 0 { return true }
    let isSticky = directory.mode & mode_t(S_ISVTX) != 0
    guard directory.mode & 0o002 == 0 || isSticky else { return false }
    return link.user == geteuid() || link.user == directory.user
  }
}
