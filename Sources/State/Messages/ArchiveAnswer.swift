import Model

/// What `roost-archive` answers: one JSON text on its standard output.
package enum ArchiveAnswer: Sendable, Hashable {
  /// To `unpack`.
  case unpacked(Unpacked)
  /// To `pack`, and to `copy` when it packs.
  case packed(Packed)
  /// To `copy`: how many of its items were archives that it unpacked.
  case copied(archives: Int64)
  /// To `list`.
  case listed([ArchiveEntry])
  /// To `decompress`: how many bytes came out.
  case decompressed(size: Int64)
  /// To `compress`: the digest and size in bytes of what came out.
  case compressed(digest: String, size: Int64)
  /// To `send` and `receive`: the bytes of all regular files, and the first file that changed so much
  /// while it was read that it was left out.
  case transferred(size: Int64, leftOut: String?)
  /// The request was not carried out.
  case failed(ArchiveFailure)

  /// What was unpacked.
  package struct Unpacked: Sendable, Hashable {
    /// `none`, `gzip`, `zstd`, `bzip2` or `xz`.
    package var compression: String
    /// The digest of the blob as read.
    package var blobDigest: String
    /// The size of the blob.
    package var blobSize: Int64
    /// The digest of the uncompressed tar.
    package var diffID: String
    /// The size of the uncompressed tar.
    package var archiveSize: Int64
    /// The bytes of all regular files.
    package var contentSize: Int64
    /// The first file whose owner containers with ids of their own do not have.
    package var unmappedOwner: UnmappedOwner?

    /// Makes an answer.
    package init(
      compression: String, blobDigest: String, blobSize: Int64, diffID: String,
      archiveSize: Int64, contentSize: Int64, unmappedOwner: UnmappedOwner? = nil
    ) {
      self.compression = compression
      self.blobDigest = blobDigest
      self.blobSize = blobSize
      self.diffID = diffID
      self.archiveSize = archiveSize
      self.contentSize = contentSize
      self.unmappedOwner = unmappedOwner
    }
  }

  /// What was packed.
  package struct Packed: Sendable, Hashable {
    /// The digest of the tar.
    package var digest: String
    /// The size of the tar.
    package var size: Int64
    /// The bytes of all regular files.
    package var contentSize: Int64
    /// The number of members.
    package var members: Int64
    /// The first file whose owner containers with ids of their own do not have.
    package var unmappedOwner: UnmappedOwner?

    /// Makes an answer.
    package init(
      digest: String = "", size: Int64 = 0, contentSize: Int64 = 0, members: Int64 = 0,
      unmappedOwner: UnmappedOwner? = nil
    ) {
      self.unmappedOwner = unmappedOwner
      self.digest = digest
      self.size = size
      self.contentSize = contentSize
      self.members = members
    }
  }
}

/// One file that `list` found.
package struct ArchiveEntry: Sendable, Hashable {
  /// What it is.
  package enum Kind: String, Sendable, Hashable {
    case file
    case directory
    case link
  }

  /// Its path below the root of the tree; empty for the root.
  package var path: String
  /// What it is.
  package var kind: Kind
  /// Permission bits.
  package var mode: UInt32
  /// The owner.
  package var user: UInt32
  /// The owner's group.
  package var group: UInt32
  /// The digest of a file's content, if it was wanted; a link's target; empty for directories.
  package var digest: String

  /// Makes an entry.
  package init(
    path: String, kind: Kind, mode: UInt32, user: UInt32, group: UInt32, digest: String = ""
  ) {
    self.path = path
    self.kind = kind
    self.mode = mode
    self.user = user
    self.group = group
    self.digest = digest
  }
}

/// Why a request was not carried out.
package struct ArchiveFailure: Sendable, Hashable {
  /// What kind of failure it is.
  package enum Kind: Sendable, Hashable {
    /// The request is not understood, of another version, or names what is not there.
    case request(hint: String)
    /// The archive is damaged or not of a known kind.
    case unreadable
    /// A member was refused.
    case refused
    /// The unpacked size passed the limit.
    case tooLarge
    /// A system call failed.
    case system(call: String, errno: Int32, path: String?)
  }

  /// What kind of failure it is.
  package var kind: Kind
  /// A sentence for people.
  package var message: String
  /// What had run out, if that was the reason, and what helps.
  package var shortage: String?

  /// Makes a failure.
  package init(_ kind: Kind, _ message: String, shortage: String? = nil) {
    self.kind = kind
    self.message = message
    self.shortage = shortage
  }
}

extension ArchiveAnswer {
  private enum Form: String {
    case unpacked
    case packed
    case copied
    case listed
    case decompressed
    case compressed
    case transferred
    case failed
  }

  private static let form = "answer"

  /// The JSON text.
  package var json: JSON {
    var writer = RecordWriter()
    func set(_ form: Form) { writer.set(Self.form, form.rawValue) }
    switch self {
    case .unpacked(let answer):
      set(.unpacked)
      answer.write(&writer)
    case .packed(let answer):
      set(.packed)
      writer.set("digest", answer.digest)
      writer.set("size", answer.size)
      writer.set("contentSize", answer.contentSize)
      writer.set("members", answer.members)
      answer.unmappedOwner?.write(&writer)
    case .copied(let archives):
      set(.copied)
      writer.set("unpacked", archives)
    case .listed(let entries):
      set(.listed)
      writer.set("entries", json: .array(entries.map(\.json)))
    case .decompressed(let size):
      set(.decompressed)
      writer.set("size", size)
    case .compressed(let digest, let size):
      set(.compressed)
      writer.set("digest", digest)
      writer.set("size", size)
    case .transferred(let size, let leftOut):
      set(.transferred)
      writer.set("size", size)
      writer.set("leftOut", leftOut)
    case .failed(let failure):
      set(.failed)
      failure.write(&writer)
    }
    return MessageVersion.stamp(writer.object)
  }

  /// Reads an answer of this version. The helper is installed with roost: another version is
  /// refused.
  package init(json: JSON) throws(MessageError) {
    try MessageVersion.refuseOther(MessageVersion.of(json), of: "roost-archive")
    do throws(RecordError) {
      self = try Self.read(RecordReader(json, of: .message("message")))
    } catch {
      throw .notUnderstood("roost-archive", error)
    }
  }

  private static func read(_ reader: RecordReader) throws(RecordError) -> ArchiveAnswer {
    let text = try reader.string(form)
    guard let form = Form(rawValue: text) else {
      throw reader.error(Self.form, "'\(text)' is unknown")
    }
    switch form {
    case .unpacked: return .unpacked(try Unpacked(reader))
    case .packed:
      return .packed(
        Packed(
          digest: try reader.string("digest"), size: try reader.integer("size", 0),
          contentSize: try reader.integer("contentSize", 0),
          members: try reader.integer("members", 0), unmappedOwner: try UnmappedOwner(reader)))
    case .copied: return .copied(archives: try reader.integer("unpacked", 0))
    case .listed:
      var entries: [ArchiveEntry] = []
      for element in try reader.objects("entries") { entries.append(try ArchiveEntry(element)) }
      return .listed(entries)
    case .decompressed: return .decompressed(size: try reader.integer("size", 0))
    case .compressed:
      return .compressed(
        digest: try reader.string("digest"), size: try reader.integer("size", 0))
    case .transferred:
      return .transferred(
        size: try reader.integer("size", 0), leftOut: try reader.optionalString("leftOut"))
    case .failed: return .failed(try ArchiveFailure(reader))
    }
  }
}

extension ArchiveAnswer.Unpacked {
  fileprivate func write(_ writer: inout RecordWriter) {
    writer.set("compression", compression)
    writer.set("blobDigest", blobDigest)
    writer.set("blobSize", blobSize)
    writer.set("diffID", diffID)
    writer.set("archiveSize", archiveSize)
    writer.set("contentSize", contentSize)
    unmappedOwner?.write(&writer)
  }

  fileprivate init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      compression: try reader.string("compression"), blobDigest: try reader.string("blobDigest"),
      blobSize: try reader.integer("blobSize", 0), diffID: try reader.string("diffID"),
      archiveSize: try reader.integer("archiveSize", 0),
      contentSize: try reader.integer("contentSize", 0), unmappedOwner: try UnmappedOwner(reader))
  }
}

extension ArchiveEntry {
  fileprivate var json: JSON {
    var writer = RecordWriter()
    writer.set("path", path)
    writer.set("kind", kind.rawValue)
    writer.set("mode", mode)
    writer.set("user", user)
    writer.set("group", group)
    writer.set("digest", digest.isEmpty ? nil : digest)
    return writer.json
  }

  fileprivate init(_ reader: RecordReader) throws(RecordError) {
    let text = try reader.string("kind")
    guard let kind = Kind(rawValue: text) else {
      throw reader.error("kind", "'\(text)' is unknown")
    }
    self.init(
      path: try reader.string("path"), kind: kind, mode: try reader.integer("mode", 0),
      user: try reader.integer("user", 0), group: try reader.integer("group", 0),
      digest: try reader.string("digest", ""))
  }
}

extension ArchiveFailure {
  private enum Name: String {
    case request
    case unreadable
    case refused
    case tooLarge
    case system
  }

  fileprivate func write(_ writer: inout RecordWriter) {
    func set(_ name: Name) { writer.set("kind", name.rawValue) }
    writer.set("message", message)
    writer.set("shortage", shortage)
    switch kind {
    case .request(let hint):
      set(.request)
      writer.set("hint", hint)
    case .unreadable: set(.unreadable)
    case .refused: set(.refused)
    case .tooLarge: set(.tooLarge)
    case .system(let call, let errno, let path):
      set(.system)
      writer.set("call", call)
      writer.set("errno", errno)
      writer.set("path", path)
    }
  }

  fileprivate init(_ reader: RecordReader) throws(RecordError) {
    let text = try reader.string("kind")
    let kind: Kind
    switch Name(rawValue: text) {
    case .request?: kind = .request(hint: try reader.string("hint", ""))
    case .unreadable?: kind = .unreadable
    case .refused?: kind = .refused
    case .tooLarge?: kind = .tooLarge
    case .system?:
      kind = .system(
        call: try reader.string("call"), errno: try reader.integer("errno", 0),
        path: try reader.optionalString("path"))
    case nil: throw reader.error("kind", "'\(text)' is unknown")
    }
    self.init(
      kind, try reader.string("message"), shortage: try reader.optionalString("shortage"))
  }
}
