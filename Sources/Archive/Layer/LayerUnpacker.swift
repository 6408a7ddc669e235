import CArchive
import Glibc
import Linux

/// Unpacks layers and plain archives.
public enum LayerUnpacker {
  /// How whiteouts are taken.
  public enum Style: Sendable {
    /// The members `.wh.NAME` and `.wh..wh..opq` become what overlayfs understands.
    case layer
    /// Members are what they are.
    case archive
  }

  /// What was unpacked.
  public struct Result: Sendable {
    /// `none`, `gzip`, `zstd`, `bzip2` or `xz`.
    public var compression: String
    /// The digest of the blob as read.
    public var blobDigest: String
    /// The size of the blob.
    public var blobSize: Int64
    /// The digest of the uncompressed tar.
    public var diffID: String
    /// The size of the uncompressed tar.
    public var archiveSize: Int64
    /// The bytes of all regular files.
    public var contentSize: Int64
  }

  /// What to unpack and where to.
  public struct Request {
    /// A file or pipe with the blob.
    public var descriptor: Int32
    /// Where in the file it begins.
    public var offset: Int64 = 0
    /// Its length; nil for all.
    public var length: Int64?
    /// A file that gets a copy of the blob as it is; nil for none.
    public var copy: Int32?
    /// The most bytes that may come out.
    public var limit: Int64?
    /// How whiteouts are taken.
    public var style: Style
    /// Compares the checksum of the compression: for blobs whose digest nobody knows.
    public var checksEnd = false

    /// Makes a request for a whole blob.
    public init(descriptor: Int32, style: Style) {
      self.descriptor = descriptor
      self.style = style
    }
  }

  /// Unpacks a blob into a directory, which must exist.
  public static func unpack(
    _ request: Request, into directory: String
  ) throws(ArchiveError) -> Result {
    let root = try ArchiveError.wrapping { () throws(SyscallError) in try TreeRoot(directory) }
    return try unpack(request, into: root, below: MemberPath(clean: []))
  }

  /// Unpacks a blob into a directory below a root.
  static func unpack(
    _ request: Request, into root: TreeRoot, below prefix: MemberPath,
    adjusting adjust: (inout Metadata) -> Void = { _ in }
  ) throws(ArchiveError) -> Result {
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
      let layer = LayerWriter(writer, style: request.style, prefix: prefix)
      while var member = try reader.next() {
        adjust(&member.metadata)
        try layer.write(member, data: reader)
      }
      try ArchiveError.wrapping { () throws(SyscallError) in try writer.finish() }
      let summary = try stream.finish()
      return Result(
        compression: summary.compression, blobDigest: summary.blobDigest,
        blobSize: summary.blobSize, diffID: summary.contentDigest,
        archiveSize: summary.contentSize, contentSize: writer.contentSize)
    } catch {
      stream.abandon()
      throw error
    }
  }
}

/// Writes members and translates the whiteouts among them.
private struct LayerWriter {
  let writer: MemberWriter
  let style: LayerUnpacker.Style
  let prefix: MemberPath

  private static let whiteoutPrefix = Array(".wh.".utf8)
  private static let opaqueMarker = Array(".wh..wh..opq".utf8)
  private static let reservedPrefix = Array(".wh..wh.".utf8)

  init(_ writer: MemberWriter, style: LayerUnpacker.Style, prefix: MemberPath) {
    self.writer = writer
    self.style = style
    self.prefix = prefix
  }

  func write(_ member: TarMember, data reader: TarReader) throws(ArchiveError) {
    guard let cleaned = MemberPath(member.path) else {
      throw .refused(
        member: String(decoding: member.path, as: UTF8.self),
        reason: "lies outside of the root directory")
    }
    let path = below(cleaned)
    let name = cleaned.name
    if style == .layer, name.starts(with: Self.whiteoutPrefix) {
      try ArchiveError.wrapping { () throws(SyscallError) in try writeMarker(name, at: path) }
      return
    }
    var member = member
    if case .hardLink(let target) = member.kind {
      guard let linked = MemberPath(target) else {
        throw .refused(member: path.text, reason: "is a hard link that leads outside")
      }
      member.kind = .hardLink(target: below(linked).bytes)
    }
    try writer.write(member, at: path, data: reader)
  }

  /// Where a path of the archive is in the tree.
  private func below(_ path: MemberPath) -> MemberPath {
    path.isRoot ? prefix : prefix.appending(path.bytes)
  }

  private func writeMarker(_ name: [UInt8], at path: MemberPath) throws(SyscallError) {
    let root = writer.root
    let directory = try root.directory(for: path)
    if name == Self.opaqueMarker {
      let parent = try root.open(path.parent, O_RDONLY | O_DIRECTORY)
      return try Overlay.makeOpaque(parent.raw, path: path.parent.text)
    }
    // The other reserved names are left over from AUFS and mean nothing.
    if name.starts(with: Self.reservedPrefix) { return }
    let hidden = path.parent.appending(name.dropFirst(Self.whiteoutPrefix.count))
    try hide(hidden, in: directory)
  }

  // A whiteout counts for lower layers only. What this layer itself has at that place stays; a
  // directory of this layer must not show what lower layers have in it.
  private func hide(_ path: MemberPath, in directory: Int32) throws(SyscallError) {
    guard !path.name.isEmpty else { return }
    let result = path.name.withCString { Overlay.makeWhiteout(directory, $0) }
    if result == 0 { return }
    guard errno == EEXIST else { throw SyscallError("mknod", path: path.text) }
    let flags = O_RDONLY | O_DIRECTORY
    guard let existing = try? writer.root.open(path, flags, followLinks: false) else { return }
    try Overlay.makeOpaque(existing.raw, path: path.text)
  }
}
