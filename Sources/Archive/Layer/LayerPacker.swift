import CArchive
import CLinux
import Glibc
import Linux
import Model
import State

/// Packs a directory, such as the upper directory of an overlay, as a layer.
///
/// The members are sorted and hold nothing of the machine they were made on, so that equal trees
/// give equal bytes. Whiteouts and opaque directories become the marker files of the format.
///
/// Source: OCI image specification, layer.md.
package final class LayerPacker {
  private let root: OwnedDescriptor
  private let output: BlobTarget
  private let target: Int32
  private let archive: OpaquePointer
  private let entry: OpaquePointer
  private let latest: Int64?
  private let without: Set<[UInt8]>
  private var links: [FileIdentity: [UInt8]] = [:]
  private var result = ArchiveAnswer.Packed()
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)

  /// Two names of the same file share it.
  private struct FileIdentity: Hashable {
    var device: UInt64
    var inode: UInt64
  }

  /// Prepares to pack `directory` into the open file `target`. Times after `latest`, in seconds
  /// since 1970, are written as that. What `without` names, relative to the directory, is left
  /// out with all that is below it.
  package init(
    directory: String, target: Int32, latest: Int64? = nil, without: Set<[UInt8]> = []
  ) throws(ArchiveError) {
    root = try ArchiveError.wrapping { () throws(SyscallError) in
      try Files.open(directory, O_RDONLY | O_DIRECTORY)
    }
    self.latest = latest
    self.without = without
    self.target = target
    output = BlobTarget(target)
    // Names go out as the bytes they are.
    setlocale(LC_CTYPE, "C.UTF-8")
    guard let archive = archive_write_new(), let entry = archive_entry_new() else {
      throw .system(SyscallError("malloc", errno: ENOMEM))
    }
    self.archive = archive
    self.entry = entry
    archive_write_set_format_pax_restricted(archive)
    archive_write_add_filter_none(archive)
    archive_write_set_bytes_per_block(archive, 1 << 20)
    archive_write_set_bytes_in_last_block(archive, 1)
    guard output.open(archive) == ARCHIVE_OK else { throw error() }
  }

  deinit {
    archive_entry_free(entry)
    archive_write_free(archive)
    buffer.deallocate()
  }

  /// Packs everything.
  package func pack() throws(ArchiveError) -> ArchiveAnswer.Packed {
    try packChildren(of: root.raw, path: MemberPath(clean: []))
    guard archive_write_close(archive) == ARCHIVE_OK else { throw error() }
    result.digest = output.digest
    result.size = output.size
    return result
  }

  private func error() -> ArchiveError { output.error(of: archive) }

  private func packChildren(of directory: Int32, path: MemberPath) throws(ArchiveError) {
    for name in try ArchiveError.wrapping({ () throws(SyscallError) in
      try TreeListing.names(directory, path: path.text)
    }) {
      let member = path.appending(name)
      if !without.isEmpty, without.contains(member.bytes) { continue }
      try pack(member, name: name, in: directory)
    }
  }

  private func pack(
    _ path: MemberPath, name: [UInt8], in directory: Int32
  ) throws(ArchiveError) {
    let status = try ArchiveError.wrapping { () throws(SyscallError) in
      try TreeListing.status(name, in: directory, path: path.text)
    }
    if Overlay.isWhiteout(status) {
      return try writeMarker(path.parent.appending(Array(".wh.".utf8) + name), status)
    }
    // A socket means nothing without the process that listens on it.
    if status.kind == .socket { return }
    begin(path, status)
    switch status.kind {
    case .directory: try packDirectory(path, name: name, in: directory)
    case .symbolicLink: try packLink(path, name: name, in: directory)
    case .regular: try packFile(path, status, name: name, in: directory)
    default:
      archive_entry_set_rdevmajor(entry, dev_t(status.major))
      archive_entry_set_rdevminor(entry, dev_t(status.minor))
      try writeHeader()
    }
  }

  // MARK: - Kinds

  private func packDirectory(
    _ path: MemberPath, name: [UInt8], in directory: Int32
  ) throws(ArchiveError) {
    let inner = try open(path, name: name, in: directory, O_RDONLY | O_DIRECTORY)
    try ArchiveError.wrapping { () throws(SyscallError) in
      try addAttributes(of: inner.raw, path: path)
    }
    try writeHeader()
    if Overlay.isOpaque(inner.raw) {
      let status = try ArchiveError.wrapping { () throws(SyscallError) in
        try Files.status(descriptor: inner.raw)
      }
      try writeMarker(path.appending(".wh..wh..opq".utf8), status)
    }
    try packChildren(of: inner.raw, path: path)
  }

  private func packLink(
    _ path: MemberPath, name: [UInt8], in directory: Int32
  ) throws(ArchiveError) {
    let target = try ArchiveError.wrapping { () throws(SyscallError) in
      try TreeListing.link(name, in: directory, path: path.text)
    }
    target.withCString { archive_entry_copy_symlink(entry, $0) }
    try writeHeader()
  }

  private func packFile(
    _ path: MemberPath, _ status: FileStatus, name: [UInt8], in directory: Int32
  ) throws(ArchiveError) {
    if status.links > 1 {
      let identity = FileIdentity(device: status.device, inode: status.inode)
      if let first = links[identity] {
        first.withCString { archive_entry_copy_hardlink(entry, $0) }
        archive_entry_set_size(entry, 0)
        return try writeHeader()
      }
      links[identity] = path.bytes
    }
    try ArchiveError.checkRoom(for: status.size, at: target, path: path.text)
    let file = try open(path, name: name, in: directory, O_RDONLY)
    try ArchiveError.wrapping { () throws(SyscallError) in
      try addAttributes(of: file.raw, path: path)
    }
    archive_entry_set_size(entry, status.size)
    try writeHeader()
    try copyData(of: file.raw, size: status.size, path: path)
    result.contentSize += status.size
  }

  private func copyData(
    of file: Int32, size: Int64, path: MemberPath
  ) throws(ArchiveError) {
    var left = size
    while left > 0 {
      let wanted = Int(min(left, Int64(buffer.count)))
      let count = try ArchiveError.wrapping { () throws(SyscallError) in
        try Syscall.retry("read", path.text) { read(file, buffer.baseAddress, wanted) }
      }
      guard count > 0 else {
        throw .refused(member: path.text, reason: "became shorter while it was read")
      }
      guard archive_write_data(archive, buffer.baseAddress, count) == count else { throw error() }
      left -= Int64(count)
    }
  }

  // MARK: - Headers

  private func begin(_ path: MemberPath, _ status: FileStatus) {
    if result.unmappedOwner == nil, max(status.user, status.group) > UnmappedOwner.largestMapped {
      result.unmappedOwner = UnmappedOwner(
        "/\(path.text)", user: status.user, group: status.group)
    }
    archive_entry_clear(entry)
    path.bytes.withCString { archive_entry_copy_pathname(entry, $0) }
    archive_entry_set_mode(entry, status.mode | Self.type(of: status.kind))
    archive_entry_set_uid(entry, Int64(status.user))
    archive_entry_set_gid(entry, Int64(status.group))
    // Whole seconds, as Docker writes them: fractions would need an extra header a member.
    let seconds = Timestamp(nanoseconds: status.modifiedNanoseconds).seconds
    archive_entry_set_mtime(entry, Int(latest.map { min($0, seconds) } ?? seconds), 0)
    archive_entry_set_size(entry, 0)
  }

  private static func type(of kind: FileStatus.Kind) -> mode_t {
    switch kind {
    case .regular: S_IFREG
    case .directory: S_IFDIR
    case .symbolicLink: S_IFLNK
    case .characterDevice: S_IFCHR
    case .blockDevice: S_IFBLK
    case .pipe: S_IFIFO
    case .socket: S_IFSOCK
    }
  }

  private func writeMarker(_ path: MemberPath, _ status: FileStatus) throws(ArchiveError) {
    begin(path, status)
    archive_entry_set_mode(entry, S_IFREG | 0o600)
    archive_entry_set_uid(entry, 0)
    archive_entry_set_gid(entry, 0)
    try writeHeader()
  }

  private func writeHeader() throws(ArchiveError) {
    result.members += 1
    let code = archive_write_header(archive, entry)
    guard code == ARCHIVE_OK || code == ARCHIVE_WARN else { throw error() }
  }

  private func addAttributes(of descriptor: Int32, path: MemberPath) throws(SyscallError) {
    for (name, value) in try TreeListing.attributes(descriptor, path: path.text) {
      archive_entry_xattr_add_entry(entry, name, value, value.count)
    }
  }

  private func open(
    _ path: MemberPath, name: [UInt8], in directory: Int32, _ flags: Int32
  ) throws(ArchiveError) -> OwnedDescriptor {
    try ArchiveError.wrapping { () throws(SyscallError) in
      let descriptor = name.withCString {
        openat(directory, $0, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
      }
      return OwnedDescriptor(try Syscall.check(descriptor, "open", path.text))
    }
  }
}
