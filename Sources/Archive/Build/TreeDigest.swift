import Glibc
import Linux
import Model

/// Lists files of a merged view with the digests of their content, as cache keys need them.
enum TreeDigest {
  /// Serves a request: each path with everything below it.
  static func serve(_ request: JSON) throws(ArchiveError) -> JSON {
    let tree = TreeRequest(request["source"] ?? .null)
    if tree.mounts {
      try ArchiveError.wrapping { () throws(SyscallError) in
        try OverlayMount.leaveMountNamespace()
      }
    }
    let root = try tree.open()
    var lister = Lister(root: root, withDigests: request["digests"]?.boolValue ?? false)
    for path in request.strings("paths") {
      guard let cleaned = MemberPath(path.utf8) else { continue }
      try ArchiveError.wrapping { () throws(SyscallError) in try lister.list(cleaned) }
    }
    return ["entries": .array(lister.entries)]
  }

  private struct Lister {
    let root: TreeRoot
    let withDigests: Bool
    var entries: [JSON] = []

    init(root: TreeRoot, withDigests: Bool) {
      self.root = root
      self.withDigests = withDigests
    }

    /// Lists a path that a user named: a link is followed. Nothing there lists nothing.
    mutating func list(_ path: MemberPath) throws(SyscallError) {
      do throws(SyscallError) {
        let handle = try root.open(path, pathOnly)
        try add(handle, path)
      } catch {
        guard error.errno == ENOENT || error.errno == ENOTDIR else { throw error }
      }
    }

    private mutating func add(
      _ handle: OwnedDescriptor, _ path: MemberPath
    ) throws(SyscallError) {
      let status = try Files.status(descriptor: handle.raw)
      var entry = JSONObject([
        ("path", .string(String(decoding: path.bytes, as: UTF8.self))),
        ("mode", .integer(Int64(status.mode))), ("user", .integer(Int64(status.user))),
        ("group", .integer(Int64(status.group))),
      ])
      switch status.kind {
      case .directory:
        entry["kind"] = "directory"
        entries.append(.object(entry))
        return try addChildren(of: handle, path)
      case .symbolicLink:
        entry["kind"] = "link"
        let target = try TreeListing.link([], in: handle.raw, path: path.text)
        entry["digest"] = .string(String(decoding: target, as: UTF8.self))
      case .regular:
        entry["kind"] = "file"
        if withDigests { entry["digest"] = .string(try digest(handle)) }
      default: return
      }
      entries.append(.object(entry))
    }

    private mutating func addChildren(
      of handle: OwnedDescriptor, _ path: MemberPath
    ) throws(SyscallError) {
      for name in try TreeListing.names(handle.raw, path: path.text) {
        let child = name.withCString {
          openat(handle.raw, $0, pathOnly | O_NOFOLLOW | O_CLOEXEC)
        }
        try Syscall.check(child, "open", path.text)
        try add(OwnedDescriptor(child), path.appending(name))
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
