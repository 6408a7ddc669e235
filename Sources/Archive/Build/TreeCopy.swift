import CArchive
import Glibc
import Linux
import Model
import State

/// Does the file work of COPY, ADD and WORKDIR in the merged view of a stage.
final class TreeCopy {
  /// What is copied from: the request's source, or the item's own.
  private var source: TreeRoot
  private let writer: MemberWriter
  private let owner: (user: uid_t, group: gid_t)?
  private let keepsOwners: Bool
  private let mode: ModeChange?
  private let latest: Int64?
  /// The most bytes that an archive may unpack to.
  private let limit: Int64?
  /// Where the files of the directory that is being copied went, for those with several names.
  private var links = CopiedLinks()
  /// How many archives were unpacked.
  private var unpacked: Int64 = 0
  private let now = Clock.now()
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)

  /// Serves a request: copies, and packs the upper directory as a layer if asked.
  static func serve(_ request: ArchiveCopy) throws(ArchiveError) -> ArchiveAnswer {
    let trees = [request.target, request.source, request.users].map { $0.map(TreeRequest.init) }
    if trees.contains(where: { $0?.mounts ?? false }) {
      try ArchiveError.wrapping { () throws(SyscallError) in
        try OverlayMount.leaveMountNamespace()
      }
    }
    let target = try TreeRequest(request.target).open()
    let source = try trees[1]?.open() ?? target
    let users = try trees[2]?.open() ?? target
    let copy = try TreeCopy(request, target: target, source: source, users: users)
    for item in request.items {
      copy.source =
        try item.source.map { tree throws(ArchiveError) in try TreeRequest(tree).open() } ?? source
      try copy.run(item)
    }
    try ArchiveError.wrapping { () throws(SyscallError) in try copy.writer.finish() }
    guard let path = request.pack, case .layers(_, _, let upper?, _) = request.target else {
      return .copied(archives: copy.unpacked)
    }
    let file = try ArchiveError.wrapping { () throws(SyscallError) in
      try Files.open(path, O_WRONLY | O_CREAT | O_EXCL)
    }
    let packer = try LayerPacker(directory: upper, target: file.raw, latest: request.latestTime)
    return .packed(try packer.pack())
  }

  private init(
    _ request: ArchiveCopy, target: TreeRoot, source: TreeRoot, users: TreeRoot
  ) throws(ArchiveError) {
    self.source = source
    writer = MemberWriter(target)
    keepsOwners = request.keepsOwners
    latest = request.latestTime
    limit = request.limit
    if let text = request.owner {
      owner = try TreeUsers(root: users).resolve(text)
    } else {
      owner = nil
    }
    if let text = request.mode {
      guard let change = ModeChange(text) else {
        throw .unusable(
          "'\(text)' is not a permission mode", hint: "write it like 0755, or like u=rwX,go=rX")
      }
      mode = change
    } else {
      mode = nil
    }
    let made = metadata(of: nil)
    target.didMakeDirectory = { (path, directory) throws(SyscallError) in
      try made.apply(to: directory.raw, setsOwner: true, setsTimes: true, path: path.text)
    }
  }

  deinit { buffer.deallocate() }

  private func run(_ item: ArchiveCopy.Item) throws(ArchiveError) {
    guard let target = MemberPath(item.target.utf8) else {
      throw .refused(member: item.target, reason: "leads out of the root directory")
    }
    func path(_ text: String) -> MemberPath { MemberPath(text.utf8) ?? MemberPath(clean: []) }
    links = CopiedLinks()
    switch item.content {
    case .directory: try makeDirectory(target)
    case .text(let text, let name):
      try writeText(
        Array(text.utf8), at: try place(target, for: Array(name.utf8), into: item.isInto))
    case .tree(let from, let entries):
      try copyTree(path(from), to: target, entries: entries, keepsRoot: item.keepsRoot)
    case .archive(let from):
      if try !unpack(path(from), into: target) {
        try copyFile(path(from), to: target, into: item.isInto)
      }
    case .file(let from): try copyFile(path(from), to: target, into: item.isInto)
    }
  }

  // MARK: - Kinds

  private func makeDirectory(_ path: MemberPath) throws(ArchiveError) {
    try ArchiveError.wrapping { () throws(SyscallError) in
      _ = try writer.root.directory(for: path.appending([0x2E]))
      writer.root.forget()
    }
  }

  private func copyFile(
    _ from: MemberPath, to target: MemberPath, into: Bool
  ) throws(ArchiveError) {
    let place = try place(target, for: from.name, into: into)
    try copy(from, to: place, followLinks: true)
  }

  private func copyTree(
    _ from: MemberPath, to target: MemberPath, entries: [String], keepsRoot: Bool
  ) throws(ArchiveError) {
    // A directory that is there already keeps its owner and mode.
    if !isDirectory(target) {
      if keepsRoot {
        try ArchiveError.wrapping { () throws(SyscallError) in
          let directory = try source.open(from, O_RDONLY | O_DIRECTORY)
          _ = try writer.root.directory(for: target)
          try writer.makeDirectory(target, try metadata(of: directory.raw, path: from))
        }
      } else {
        try makeDirectory(target)
      }
    }
    for entry in entries {
      let relative = Array(entry.utf8)
      try copy(from.appending(relative), to: target.appending(relative), followLinks: false)
    }
  }

  private func writeText(_ bytes: [UInt8], at path: MemberPath) throws(ArchiveError) {
    try ArchiveError.wrapping { () throws(SyscallError) in
      let file = try writer.createFile(path)
      try Descriptors.writeAll(file.raw, bytes, path: path.text)
      var metadata = metadata(of: nil)
      metadata.mode = mode?.apply(to: 0o644, isDirectory: false) ?? 0o644
      try metadata.apply(to: file.raw, setsOwner: true, setsTimes: true, path: path.text)
    }
  }

  /// Unpacks a tar, compressed or not; false when the file is none.
  private func unpack(_ from: MemberPath, into target: MemberPath) throws(ArchiveError) -> Bool {
    let file = try ArchiveError.wrapping { () throws(SyscallError) in
      try source.open(from, O_RDONLY | O_NONBLOCK)
    }
    guard try Self.isTar(file.raw) else { return false }
    try makeDirectory(target)
    let place = try ArchiveError.wrapping { () throws(SyscallError) in
      try writer.root.resolve(target)
    }
    var request = LayerUnpacker.Request(descriptor: file.raw, style: .archive)
    request.checksEnd = true
    request.limit = limit
    _ = try LayerUnpacker.unpack(
      request, into: writer.root, below: place
    ) { metadata in
      if let owner { (metadata.user, metadata.group) = owner }
    }
    unpacked += 1
    return true
  }

  private static func isTar(_ descriptor: Int32) throws(ArchiveError) -> Bool {
    var stream: LayerStream?
    defer { stream?.abandon() }
    do throws(ArchiveError) {
      let opened = try LayerStream(descriptor: descriptor, options: .init())
      stream = opened
      return try TarReader(opened).next() != nil
    } catch {
      if case .system = error { throw error }
      return false
    }
  }
}

// MARK: - Single entries

extension TreeCopy {
  /// Where a file goes: into the target when that is a directory, else in its place.
  private func place(
    _ target: MemberPath, for name: [UInt8], into: Bool
  ) throws(ArchiveError) -> MemberPath {
    into || target.isRoot || isDirectory(target) ? target.appending(name) : target
  }

  private func isDirectory(_ path: MemberPath) -> Bool {
    (try? writer.root.open(path, pathOnly | O_DIRECTORY)) != nil
  }

  private func copy(
    _ from: MemberPath, to target: MemberPath, followLinks: Bool
  ) throws(ArchiveError) {
    let (handle, status) = try find(from, followLinks: followLinks)
    if status.kind == .regular {
      try ArchiveError.checkRoom(
        for: status.size, at: writer.root.descriptor, path: from.text)
    }
    try ArchiveError.wrapping { () throws(SyscallError) in
      switch status.kind {
      case .regular:
        if try links.link(status, to: target, writer) { return }
        try copyContent(handle, from: from, to: target)
        links.note(status, at: target, writer)
      case .directory:
        let directory = try Files.open("/proc/self/fd/\(handle.raw)", O_RDONLY | O_DIRECTORY)
        try checkPlace(of: target)
        try writer.makeDirectory(target, try metadata(of: directory.raw, path: from))
      case .symbolicLink: try copyLink(handle, status, to: target)
      default: break
      }
    }
  }

  private func find(
    _ from: MemberPath, followLinks: Bool
  ) throws(ArchiveError) -> (OwnedDescriptor, FileStatus) {
    try ArchiveError.wrapping { () throws(SyscallError) in
      let handle: OwnedDescriptor
      if followLinks {
        handle = try source.open(from, pathOnly)
      } else {
        let place = try source.open(from.parent, pathOnly | O_DIRECTORY)
        let descriptor = from.name.withCString {
          openat(place.raw, $0, pathOnly | O_NOFOLLOW | O_CLOEXEC)
        }
        handle = OwnedDescriptor(try Syscall.check(descriptor, "open", from.text))
      }
      return (handle, try Files.status(descriptor: handle.raw))
    }
  }

  private func copyContent(
    _ handle: OwnedDescriptor, from: MemberPath, to target: MemberPath
  ) throws(SyscallError) {
    let input = try Files.open("/proc/self/fd/\(handle.raw)", O_RDONLY)
    let output = try writer.createFile(target)
    while true {
      let count = try Syscall.retry("read", from.text) {
        read(input.raw, buffer.baseAddress, buffer.count)
      }
      if count == 0 { break }
      let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      try Descriptors.writeAll(output.raw, bytes, path: target.text)
    }
    try metadata(of: input.raw, path: from)
      .apply(to: output.raw, setsOwner: writer.root.setsOwners, setsTimes: true, path: target.text)
  }

  private func copyLink(
    _ handle: OwnedDescriptor, _ status: FileStatus, to target: MemberPath
  ) throws(SyscallError) {
    let text = try TreeListing.link([], in: handle.raw, path: target.text)
    var metadata = metadata(of: status)
    metadata.mode = 0o777
    try writer.makeLink(target, to: text, metadata)
  }

  private func checkPlace(of target: MemberPath) throws(SyscallError) {
    let existing = try? writer.root.open(target, pathOnly | O_NOFOLLOW)
    guard let existing else { return }
    let status = try Files.status(descriptor: existing.raw)
    guard status.kind == .directory || status.kind == .symbolicLink else {
      throw SyscallError("mkdir", path: target.text, errno: ENOTDIR)
    }
  }

  private func metadata(
    of descriptor: Int32, path: MemberPath
  ) throws(SyscallError) -> Metadata {
    var metadata = metadata(of: try Files.status(descriptor: descriptor))
    metadata.attributes = try TreeListing.attributes(descriptor, path: path.text)
    return metadata
  }

  /// Owner, mode and time of a copy; without a source, of a directory made on the way.
  private func metadata(of status: FileStatus?) -> Metadata {
    var ids = owner ?? (0, 0)
    if owner == nil, keepsOwners, let status { ids = (status.user, status.group) }
    let isDirectory = status.map { $0.kind == .directory } ?? true
    var bits = status?.mode ?? mode?.ofMadeDirectories ?? 0o755
    if let mode, status != nil { bits = mode.apply(to: bits, isDirectory: isDirectory) }
    var nanoseconds = status?.modifiedNanoseconds ?? now.nanoseconds
    if let latest { nanoseconds = min(nanoseconds, latest * 1_000_000_000) }
    let time = Timestamp(nanoseconds: nanoseconds)
    return Metadata(
      user: ids.0, group: ids.1, mode: bits,
      modified: timespec(
        tv_sec: Int(time.seconds), tv_nsec: Int(nanoseconds - time.seconds * 1_000_000_000)))
  }
}
