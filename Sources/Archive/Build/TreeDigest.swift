import Glibc
import Linux
import Model
import State

/// Lists files of a merged view with the digests of their content, as cache keys need them.
enum TreeDigest {
  /// Each path with everything below it.
  static func list(
    _ tree: ArchiveTree, paths: [String], digests: Bool
  ) throws(ArchiveError) -> [ArchiveEntry] {
    let tree = TreeRequest(tree)
    if tree.mounts {
      try ArchiveError.wrapping { () throws(SyscallError) in
        try OverlayMount.leaveMountNamespace()
      }
    }
    let root = try tree.open()
    var lister = Lister(root: root, withDigests: digests)
    for path in paths {
      guard let cleaned = MemberPath(path.utf8) else { continue }
      try lister.list(cleaned)
    }
    return lister.entries
  }

  private struct Lister {
    let root: TreeRoot
    let withDigests: Bool
    var entries: [ArchiveEntry] = []

    init(root: TreeRoot, withDigests: Bool) {
      self.root = root
      self.withDigests = withDigests
    }

    /// Lists a path that a user named: a link is followed. Nothing there lists nothing.
    mutating func list(_ path: MemberPath) throws(ArchiveError) {
      let handle: OwnedDescriptor
      do throws(SyscallError) { handle = try root.open(path, pathOnly) } catch {
        guard error.errno == ENOENT || error.errno == ENOTDIR else { throw .system(error) }
        return
      }
      try add(handle, path)
    }

    private mutating func add(
      _ handle: OwnedDescriptor, _ path: MemberPath
    ) throws(ArchiveError) {
      let status = try ArchiveError.wrapping { () throws(SyscallError) in
        try Files.status(descriptor: handle.raw)
      }
      var entry = ArchiveEntry(
        path: String(decoding: path.bytes, as: UTF8.self), kind: .file, mode: UInt32(status.mode),
        user: status.user, group: status.group)
      switch status.kind {
      case .directory:
        entry.kind = .directory
        entries.append(entry)
        return try addChildren(of: handle, path)
      case .symbolicLink:
        entry.kind = .link
        let target = try ArchiveError.wrapping { () throws(SyscallError) in
          try TreeListing.link([], in: handle.raw, path: path.text)
        }
        entry.digest = String(decoding: target, as: UTF8.self)
      case .regular:
        guard withDigests else { break }
        try ArchiveError.checkRoom(for: status.size, at: handle.raw, path: path.text)
        entry.digest = try ArchiveError.wrapping { () throws(SyscallError) in try digest(handle) }
      default: return
      }
      entries.append(entry)
    }

    private mutating func addChildren(
      of handle: OwnedDescriptor, _ path: MemberPath
    ) throws(ArchiveError) {
      let names = try ArchiveError.wrapping { () throws(SyscallError) in
        try TreeListing.names(handle.raw, path: path.text)
      }
      for name in names {
        let child = try ArchiveError.wrapping { () throws(SyscallError) in
          let child = name.withCString {
            openat(handle.raw, $0, pathOnly | O_NOFOLLOW | O_CLOEXEC)
          }
          return OwnedDescriptor(try Syscall.check(child, "open", path.text))
        }
        try add(child, path.appending(name))
      }
    }

    private func digest(_ handle: OwnedDescriptor) throws(SyscallError) -> String {
      let file = try Files.open("/proc/self/fd/\(handle.raw)", O_RDONLY)
      var checksum = Checksum()
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 4096)
      defer { buffer.deallocate() }
      while true {
        let count = try Syscall.retry("read") { read(file.raw, buffer.baseAddress, buffer.count) }
        if count == 0 { return checksum.text() }
        checksum.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
    }
  }
}
