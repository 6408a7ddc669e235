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
  private let tar: TarWriter
  private let target: Int32
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
    tar = try TarWriter(target)
  }

  deinit { buffer.deallocate() }

  /// Packs everything.
  package func pack() throws(ArchiveError) -> ArchiveAnswer.Packed {
    try packChildren(of: root.raw, path: MemberPath(clean: []))
    let written = try tar.close()
    result.digest = written.digest
    result.size = written.size
    return result
  }

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
      tar.setDevice(status)
      try writeHeader()
    }
  }

  // MARK: - Kinds

  private func packDirectory(
    _ path: MemberPath, name: [UInt8], in directory: Int32
  ) throws(ArchiveError) {
    let inner = try open(path, name: name, in: directory, O_RDONLY | O_DIRECTORY)
    try ArchiveError.wrapping { () throws(SyscallError) in
      try tar.addAttributes(of: inner.raw, path: path)
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
    tar.setLink(target)
    try writeHeader()
  }

  private func packFile(
    _ path: MemberPath, _ status: FileStatus, name: [UInt8], in directory: Int32
  ) throws(ArchiveError) {
    if status.links > 1 {
      let identity = FileIdentity(device: status.device, inode: status.inode)
      if let first = links[identity] {
        tar.setHardLink(first)
        return try writeHeader()
      }
      links[identity] = path.bytes
    }
    try ArchiveError.checkRoom(for: status.size, at: target, path: path.text)
    let file = try open(path, name: name, in: directory, O_RDONLY)
    try ArchiveError.wrapping { () throws(SyscallError) in
      try tar.addAttributes(of: file.raw, path: path)
    }
    tar.setSize(status.size)
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
      try tar.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      left -= Int64(count)
    }
  }

  // MARK: - Headers

  private func begin(_ path: MemberPath, _ status: FileStatus) {
    if result.unmappedOwner == nil, max(status.user, status.group) > UnmappedOwner.largestMapped {
      result.unmappedOwner = UnmappedOwner(
        "/\(path.text)", user: status.user, group: status.group)
    }
    tar.begin(path, status, latest: latest)
  }

  private func writeMarker(_ path: MemberPath, _ status: FileStatus) throws(ArchiveError) {
    begin(path, status)
    tar.makeMarker()
    try writeHeader()
  }

  private func writeHeader() throws(ArchiveError) {
    result.members += 1
    try tar.writeHeader()
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
