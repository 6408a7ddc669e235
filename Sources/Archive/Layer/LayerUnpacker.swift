import CArchive
import Glibc
import Linux
import State

/// Unpacks layers and plain archives.
package enum LayerUnpacker {
  /// How whiteouts are taken.
  package enum Style: Sendable {
    /// The members `.wh.NAME` and `.wh..wh..opq` become what overlayfs understands.
    case layer
    /// Members are what they are.
    case archive
  }

  /// What to unpack and where to.
  package struct Request {
    /// A file or pipe with the blob.
    package var descriptor: Int32
    /// Where in the file it begins.
    package var offset: Int64 = 0
    /// Its length; nil for all.
    package var length: Int64?
    /// A file that gets a copy of the blob as it is; nil for none.
    package var copy: Int32?
    /// The most bytes that may come out.
    package var limit: Int64?
    /// How whiteouts are taken.
    package var style: Style
    /// Compares the checksum of the compression: for blobs whose digest nobody knows.
    package var checksEnd = false

    /// Makes a request for a whole blob.
    package init(descriptor: Int32, style: Style) {
      self.descriptor = descriptor
      self.style = style
    }
  }

  /// Unpacks a blob into a directory, which must exist.
  package static func unpack(
    _ request: Request, into directory: String
  ) throws(ArchiveError) -> ArchiveAnswer.Unpacked {
    let root = try ArchiveError.wrapping { () throws(SyscallError) in try TreeRoot(directory) }
    return try unpack(request, into: root, below: MemberPath(clean: []))
  }

  /// Unpacks a blob into a directory below a root.
  static func unpack(
    _ request: Request, into root: TreeRoot, below prefix: MemberPath,
    adjusting adjust: (inout Metadata) -> Void = { _ in }
  ) throws(ArchiveError) -> ArchiveAnswer.Unpacked {
    // Names are UTF-8 or plain bytes; with this locale libarchive converts nothing.
    setlocale(LC_CTYPE, "C.UTF-8")
    let stream = try LayerStream(
      descriptor: request.descriptor,
      options: .init(
        offset: request.offset, length: request.length, copy: request.copy,
        limit: request.limit, checksEnd: request.checksEnd))
    do throws(ArchiveError) {
      let reader = try TarReader(stream)
      let writer = MemberWriter(root)
      var layer = LayerWriter(writer, style: request.style, prefix: prefix)
      var unmapped: UnmappedOwner?
      while var member = try reader.next() {
        adjust(&member.metadata)
        try layer.write(member, data: reader)
        if unmapped == nil { unmapped = member.unmappedOwner }
      }
      try ArchiveError.wrapping { () throws(SyscallError) in
        try layer.finish()
        try writer.finish()
      }
      let summary = try stream.finish()
      return ArchiveAnswer.Unpacked(
        compression: summary.compression, blobDigest: summary.blobDigest,
        blobSize: summary.blobSize, diffID: summary.contentDigest,
        archiveSize: summary.contentSize, contentSize: writer.contentSize,
        unmappedOwner: unmapped)
    } catch {
      stream.abandon()
      throw error
    }
  }
}

extension TarMember {
  fileprivate var unmappedOwner: UnmappedOwner? {
    // The path is made a text for those alone that belong to such a user.
    guard max(metadata.user, metadata.group) > UnmappedOwner.largestMapped else { return nil }
    return UnmappedOwner(
      "/" + (MemberPath(path)?.text ?? ""), user: metadata.user, group: metadata.group)
  }
}

/// Writes members and translates the whiteouts among them.
private struct LayerWriter {
  let writer: MemberWriter
  let style: LayerUnpacker.Style
  let prefix: MemberPath
  /// The directories that hide what lower layers have in them.
  private var opaque: [MemberPath] = []

  private static let whiteoutPrefix = Array(".wh.".utf8)
  private static let opaqueMarker = Array(".wh..wh..opq".utf8)
  private static let reservedPrefix = Array(".wh..wh.".utf8)

  init(_ writer: MemberWriter, style: LayerUnpacker.Style, prefix: MemberPath) {
    self.writer = writer
    self.style = style
    self.prefix = prefix
  }

  mutating func write(_ member: TarMember, data reader: TarReader) throws(ArchiveError) {
    guard let cleaned = MemberPath(member.path) else {
      throw .refused(
        member: String(decoding: member.path, as: UTF8.self),
        reason: "lies outside of the root directory")
    }
    let path = below(cleaned)
    let name = cleaned.name
    if style == .layer {
      if isReserved(cleaned) { return }
      if name.starts(with: Self.whiteoutPrefix) { return try writeMarker(name, at: path) }
    }
    var member = member
    if case .hardLink(let target) = member.kind {
      guard let linked = MemberPath(target) else {
        throw .refused(member: path.text, reason: "is a hard link that leads outside")
      }
      member.kind = .hardLink(target: below(linked).bytes)
    }
    do throws(ArchiveError) {
      try writer.write(member, at: path, data: reader)
    } catch {
      guard case .system(let failure) = error,
        [EEXIST, ENOTDIR, ELOOP].contains(failure.errno),
        let place = failure.path, place != path.text
      else { throw error }
      throw .refused(
        member: path.text, reason: "lies below '\(place)', which is not a directory there")
    }
  }

  /// Where a path of the archive is in the tree.
  private func below(_ path: MemberPath) -> MemberPath {
    path.isRoot ? prefix : prefix.appending(path.bytes)
  }

  /// True for what AUFS left over, which means nothing: all reserved names but the one that hides.
  private func isReserved(_ path: MemberPath) -> Bool {
    var rest = path.bytes[...]
    while true {
      let isMarker = rest.elementsEqual(Self.opaqueMarker)
      if rest.starts(with: Self.reservedPrefix), !isMarker { return true }
      guard let slash = rest.firstIndex(of: MemberPath.slash) else { return false }
      rest = rest[(slash + 1)...]
    }
  }

  private mutating func writeMarker(
    _ name: [UInt8], at path: MemberPath
  ) throws(ArchiveError) {
    let hidden = Array(name.dropFirst(Self.whiteoutPrefix.count))
    guard !hidden.isEmpty, hidden != [0x2E], hidden != [0x2E, 0x2E] else {
      throw .refused(member: path.text, reason: "hides nothing that has a name")
    }
    do throws(SyscallError) {
      let directory = try writer.root.directory(for: path)
      if name == Self.opaqueMarker {
        try makeOpaque(path.parent)
      } else {
        try hide(path.parent.appending(hidden), in: directory)
      }
    } catch {
      throw .system(error)
    }
  }

  private mutating func makeOpaque(_ path: MemberPath) throws(SyscallError) {
    let directory = try writer.root.open(path, O_RDONLY | O_DIRECTORY)
    try Overlay.makeOpaque(directory.raw, path: path.text)
    opaque.append(path)
  }

  // A whiteout counts for lower layers only. What this layer itself has at that place stays; a
  // directory of this layer must not show what lower layers have in it.
  private mutating func hide(_ path: MemberPath, in directory: Int32) throws(SyscallError) {
    let result = path.name.withCString { Overlay.makeWhiteout(directory, $0) }
    if result == 0 { return }
    guard errno == EEXIST else { throw SyscallError("mknod", path: path.text) }
    let flags = O_RDONLY | O_DIRECTORY
    guard let existing = try? writer.root.open(path, flags, followLinks: false) else { return }
    // Directories that were made only to hold whiteouts are nothing that this layer has.
    try removeWhiteouts(below: existing.raw, path, andEmptyDirectories: true)
    if !writer.hasDirectory(path), try TreeListing.names(existing.raw, path: path.text).isEmpty {
      try writer.root.remove(path, in: directory)
      writer.root.forget()
      let parent = try writer.root.directory(for: path)
      let made = path.name.withCString { Overlay.makeWhiteout(parent, $0) }
      try Syscall.check(made, "mknod", path.text)
      return
    }
    try makeOpaque(path)
  }

  /// Removes the whiteouts in directories that show nothing of lower layers anyway: overlayfs would
  /// list their names, as it merges nothing there.
  func finish() throws(SyscallError) {
    for path in opaque + writer.root.madeOpaque {
      let flags = O_RDONLY | O_DIRECTORY
      guard let directory = try? writer.root.open(path, flags, followLinks: path.isRoot) else {
        continue
      }
      try removeWhiteouts(below: directory.raw, path)
    }
  }

  private func removeWhiteouts(
    below directory: Int32, _ path: MemberPath, andEmptyDirectories prunes: Bool = false
  ) throws(SyscallError) {
    for name in try TreeListing.names(directory, path: path.text) {
      let child = path.appending(name)
      let status = try TreeListing.status(name, in: directory, path: child.text)
      if Overlay.isWhiteout(status) {
        let result = name.withCString { unlinkat(directory, $0, 0) }
        try Syscall.check(result, "unlink", child.text)
      } else if status.kind == .directory {
        let inner = OwnedDescriptor(
          try Syscall.check(
            name.withCString {
              openat(directory, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            }, "open", child.text))
        try removeWhiteouts(below: inner.raw, child, andEmptyDirectories: prunes)
        guard prunes, !writer.hasDirectory(child) else { continue }
        // What is not empty stays.
        _ = name.withCString { unlinkat(directory, $0, AT_REMOVEDIR) }
        writer.root.forget()
      }
    }
  }
}
