import CLinux
import Glibc
import Linux

/// Writes members of an archive below a root.
///
/// What stands at a member's place already is replaced, unless both are directories.
final class MemberWriter {
  let root: TreeRoot
  private var directoryTimes: [MemberPath: timespec] = [:]
  /// The bytes of all regular files so far.
  private(set) var contentSize: Int64 = 0

  init(_ root: TreeRoot) { self.root = root }

  /// Writes one member; `reader` gives the data of a file.
  func write(
    _ member: TarMember, at path: MemberPath, data reader: TarReader
  ) throws(ArchiveError) {
    if path.isRoot {
      guard case .directory = member.kind else {
        throw .refused(member: "/", reason: "would replace the root directory by something else")
      }
    }
    if case .hardLink(let target) = member.kind {
      guard let cleaned = MemberPath(target) else {
        throw .refused(member: path.text, reason: "is a hard link that leads outside")
      }
      do throws(SyscallError) { return try link(path, to: cleaned) } catch {
        guard error.errno == ENOENT else { throw .system(error) }
        throw .refused(
          member: path.text,
          reason: "is a hard link to '\(cleaned.text)', which is not in the archive before it")
      }
    }
    if case .file = member.kind { return try writeFile(member, at: path, data: reader) }
    try ArchiveError.wrapping { () throws(SyscallError) in
      if case .directory = member.kind {
        try makeDirectory(path, member.metadata)
      } else {
        try makeNode(member, at: path)
      }
    }
  }

  /// Sets the times of directories, which writing into them had changed.
  func finish() throws(SyscallError) {
    for (path, time) in directoryTimes {
      let flags = O_RDONLY | O_DIRECTORY
      guard let directory = try? root.open(path, flags, followLinks: false) else { continue }
      try Syscall.check(futimens(directory.raw, [time, time]), "utimens", path.text)
    }
  }

  // MARK: - Kinds

  private func writeFile(
    _ member: TarMember, at path: MemberPath, data reader: TarReader
  ) throws(ArchiveError) {
    let file = try ArchiveError.wrapping { () throws(SyscallError) in try createFile(path) }
    try copyData(of: reader, to: file.raw, size: member.size, path: path)
    // Sparse files may claim any size.
    let (sum, overflow) = contentSize.addingReportingOverflow(member.size)
    contentSize = overflow ? .max : sum
    try ArchiveError.wrapping { () throws(SyscallError) in
      try member.metadata.apply(
        to: file.raw, setsOwner: root.setsOwners, setsTimes: true, path: path.text)
    }
  }

  /// Makes an empty file in the place of whatever is there.
  func createFile(_ path: MemberPath) throws(SyscallError) -> OwnedDescriptor {
    OwnedDescriptor(
      try create(path, "open") { directory, name in
        openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      })
  }

  private func copyData(
    of reader: TarReader, to file: Int32, size: Int64, path: MemberPath
  ) throws(ArchiveError) {
    var end: Int64 = 0
    while let (bytes, offset) = try reader.nextBlock() {
      // Between the blocks of a sparse file are holes.
      if offset != end { lseek(file, Int(offset), SEEK_SET) }
      try ArchiveError.wrapping { () throws(SyscallError) in
        try Descriptors.writeAll(file, bytes, path: path.text)
      }
      end = offset + Int64(bytes.count)
    }
    guard end < size else { return }
    try ArchiveError.wrapping { () throws(SyscallError) -> Void in
      try Syscall.check(ftruncate(file, Int(size)), "truncate", path.text)
    }
  }

  func makeDirectory(_ path: MemberPath, _ metadata: Metadata) throws(SyscallError) {
    if !path.isRoot { try makeMissingDirectory(path) }
    let directory = try root.open(path, O_RDONLY | O_DIRECTORY, followLinks: path.isRoot)
    try metadata.apply(
      to: directory.raw, setsOwner: root.setsOwners, setsTimes: false, path: path.text)
    directoryTimes[path] = metadata.modified
  }

  private func makeMissingDirectory(_ path: MemberPath) throws(SyscallError) {
    let parent = try root.directory(for: path)
    if path.name.withCString({ mkdirat(parent, $0, 0o700) }) == 0 { return }
    guard errno == EEXIST else { throw SyscallError("mkdir", path: path.text) }
    let existing = try TreeListing.status(path.name, in: parent, path: path.text)
    if existing.kind == .directory { return }
    let hidesLower = try root.removeWhiteout(path, in: parent)
    if !hidesLower { try root.remove(path, in: parent) }
    let made = path.name.withCString { mkdirat(parent, $0, 0o700) }
    try Syscall.check(made, "mkdir", path.text)
    if hidesLower {
      let directory = try root.open(path, O_RDONLY | O_DIRECTORY, followLinks: false)
      try root.makeOpaque(directory.raw, path)
    }
  }

  /// True for a directory that the archive itself has, and that was not only made on the way.
  func hasDirectory(_ path: MemberPath) -> Bool { directoryTimes[path] != nil }

  /// Makes a second name of a file that is there.
  func link(_ path: MemberPath, to target: MemberPath) throws(SyscallError) {
    guard path != target else { return }
    let targetDirectory = try root.open(target.parent, pathOnly | O_DIRECTORY)
    try create(path, "link") { directory, name in
      target.name.withCString { linkat(targetDirectory.raw, $0, directory, name, 0) }
    }
  }

  func makeLink(
    _ path: MemberPath, to target: [UInt8], _ metadata: Metadata
  ) throws(SyscallError) {
    try create(path, "symlink") { directory, name in
      target.withCString { symlinkat($0, directory, name) }
    }
    try apply(metadata, to: path, isLink: true)
  }

  private func makeNode(_ member: TarMember, at path: MemberPath) throws(SyscallError) {
    switch member.kind {
    case .symbolicLink(let target): return try makeLink(path, to: target, member.metadata)
    case .device(let type, let major, let minor):
      try create(path, "mknod") { directory, name in
        linux_make_device(directory, name, type | 0o600, major, minor)
      }
    default:
      try create(path, "mkfifo") { directory, name in mkfifoat(directory, name, 0o600) }
    }
    try apply(member.metadata, to: path, isLink: false)
  }

  private func apply(
    _ metadata: Metadata, to path: MemberPath, isLink: Bool
  ) throws(SyscallError) {
    let directory = try root.directory(for: path)
    try path.name.withCString { (name) throws(SyscallError) in
      try metadata.applyUnopened(
        name, in: directory, isLink: isLink, setsOwner: root.setsOwners, path: path.text)
    }
  }

  /// Runs a call that makes something, after removing what stands in its place.
  @discardableResult
  private func create(
    _ path: MemberPath, _ call: StaticString, _ body: (Int32, UnsafePointer<CChar>) -> Int32
  ) throws(SyscallError) -> Int32 {
    var directory = try root.directory(for: path)
    let result = path.name.withCString { body(directory, $0) }
    if result >= 0 { return result }
    guard errno == EEXIST else { throw SyscallError(call.description, path: path.text) }
    try root.remove(path, in: directory)
    directory = try root.directory(for: path)
    return try Syscall.check(path.name.withCString { body(directory, $0) }, call, path.text)
  }
}
