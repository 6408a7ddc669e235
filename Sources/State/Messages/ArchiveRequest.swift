import Model

/// What `roost-archive` is asked: one JSON text on its standard input.
package enum ArchiveRequest: Sendable, Hashable {
  /// Unpack a layer or a plain archive.
  case unpack(Unpacking)
  /// Pack a tree as a tar.
  case pack(Packing)
  /// Do the file work of COPY, ADD and WORKDIR.
  case copy(ArchiveCopy)
  /// List what is at each of the paths and below it, with the digests of files if wanted.
  case list(ArchiveTree, paths: [String], digests: Bool)
  /// Write what comes out of a compressed file; nothing past the limit in bytes.
  case decompress(ArchiveFile, to: ArchiveFile, limit: Int64? = nil)
  /// Compress a file by gzip.
  case compress(ArchiveFile, to: ArchiveFile)
  /// Send a file or directory of a container or of the machine.
  case send(FileSending)
  /// Receive what was sent, or any tar.
  case receive(FileReceiving)

  /// What to unpack, and where to.
  package struct Unpacking: Sendable, Hashable {
    /// The file with the blob.
    package var source: ArchiveFile
    /// The directory to unpack into, which must exist.
    package var directory: String
    /// Where in the file the blob begins.
    package var offset: Int64 = 0
    /// Its length in bytes; nil for all that is there.
    package var length: Int64?
    /// A file to make that gets a copy of the blob; nil for none.
    package var copy: String?
    /// The most bytes that may come out; nil for the helper's own limit.
    package var limit: Int64?
    /// Takes whiteouts as those of a layer; without, they are members like others.
    package var isLayer = false
    /// Compares the checksum of the compression: for blobs whose digest nobody knows.
    package var checksEnd = false

    /// An unpacking of a whole file as a plain archive.
    package init(_ source: ArchiveFile, into directory: String) {
      self.source = source
      self.directory = directory
    }
  }

  /// What to pack, and where to.
  package struct Packing: Sendable, Hashable {
    /// What is packed.
    package var tree: ArchiveTree
    /// The file that gets the tar.
    package var target: ArchiveFile
    /// Times after this one, in seconds since 1970, are written as this one.
    package var latestTime: Int64?
    /// Paths in the tree that are left out with all that is below them.
    package var without: [String] = []

    /// A packing of the whole of a tree.
    package init(_ tree: ArchiveTree, to target: ArchiveFile) {
      self.tree = tree
      self.target = target
    }
  }
}

/// A file that a request speaks of.
package enum ArchiveFile: Sendable, Hashable {
  /// By its path. What is written must not be there yet.
  case path(String)
  /// By the number under which the helper was given it.
  case descriptor(Int32)

  var json: JSON {
    switch self {
    case .path(let path): .string(path)
    case .descriptor(let number): .integer(Int64(number))
    }
  }

  init(_ reader: RecordReader, _ key: String) throws(RecordError) {
    if let number = reader.json[key]?.intValue.flatMap({ Int32(exactly: $0) }) {
      self = .descriptor(number)
    } else {
      self = .path(try reader.string(key))
    }
  }
}

/// A tree of files that a request speaks of.
package enum ArchiveTree: Sendable, Hashable {
  /// A directory.
  case directory(String)
  /// Layers, the top one first, mounted as overlayfs at a directory of the helper's own mount
  /// namespace; what is written goes to `upper`, which has `work` beside it.
  case layers([String], mount: String, upper: String? = nil, work: String? = nil)

  func write(_ writer: inout RecordWriter) {
    switch self {
    case .directory(let path): writer.set("directory", path)
    case .layers(let lower, let mount, let upper, let work):
      writer.set("lower", lower)
      writer.set("upper", upper)
      writer.set("work", work)
      writer.set("mount", mount)
    }
  }

  var json: JSON {
    var writer = RecordWriter()
    write(&writer)
    return writer.json
  }

  init(_ reader: RecordReader) throws(RecordError) {
    if let directory = try reader.optionalString("directory") {
      self = .directory(directory)
    } else {
      self = .layers(
        try reader.strings("lower"), mount: try reader.string("mount"),
        upper: try reader.optionalString("upper"), work: try reader.optionalString("work"))
    }
  }
}

extension ArchiveRequest {
  private enum Verb: String {
    case unpack
    case pack
    case copy
    case list
    case decompress
    case compress
    case send
    case receive
  }

  private var verb: Verb {
    switch self {
    case .unpack: .unpack
    case .pack: .pack
    case .copy: .copy
    case .list: .list
    case .decompress: .decompress
    case .compress: .compress
    case .send: .send
    case .receive: .receive
    }
  }

  /// The JSON text.
  package var json: JSON {
    var writer = RecordWriter()
    writer.set("verb", verb.rawValue)
    switch self {
    case .unpack(let unpacking): unpacking.write(&writer)
    case .pack(let packing): packing.write(&writer)
    case .copy(let copy): copy.write(&writer)
    case .list(let tree, let paths, let digests):
      writer.set("source", json: tree.json)
      writer.set("paths", paths)
      writer.set("digests", digests)
    case .decompress(let source, let target, let limit):
      writer.set("source", json: source.json)
      writer.set("target", json: target.json)
      writer.set("limit", limit)
    case .compress(let source, let target):
      writer.set("source", json: source.json)
      writer.set("target", json: target.json)
    case .send(let sending): sending.write(&writer)
    case .receive(let receiving): receiving.write(&writer)
    }
    return MessageVersion.stamp(writer.object)
  }

  /// Reads a request of this version or of an older one: version 0 has the same members but for
  /// the version.
  package init(json: JSON) throws(MessageError) {
    try MessageVersion.refuseNewer(MessageVersion.of(json), of: "roost")
    do throws(RecordError) {
      self = try Self.read(RecordReader(json, of: .message("message")))
    } catch {
      throw .notUnderstood("roost", error, by: "roost-archive")
    }
  }

  private static func read(_ reader: RecordReader) throws(RecordError) -> ArchiveRequest {
    let text = try reader.string("verb")
    guard let verb = Verb(rawValue: text) else {
      throw reader.error("verb", "'\(text)' is unknown")
    }
    switch verb {
    case .unpack: return .unpack(try Unpacking(reader))
    case .pack: return .pack(try Packing(reader))
    case .copy: return .copy(try ArchiveCopy(reader))
    case .list:
      return .list(
        try ArchiveTree(reader.object("source")), paths: try reader.strings("paths"),
        digests: try reader.flag("digests"))
    case .decompress:
      return .decompress(
        try ArchiveFile(reader, "source"), to: try ArchiveFile(reader, "target"),
        limit: try reader.optionalInteger("limit"))
    case .compress:
      return .compress(try ArchiveFile(reader, "source"), to: try ArchiveFile(reader, "target"))
    case .send: return .send(try FileSending(reader))
    case .receive: return .receive(try FileReceiving(reader))
    }
  }
}

extension ArchiveRequest.Unpacking {
  private static let layerStyle = "layer"

  fileprivate func write(_ writer: inout RecordWriter) {
    writer.set("source", json: source.json)
    writer.set("directory", directory)
    writer.set("offset", offset)
    writer.set("length", length)
    writer.set("copy", copy)
    writer.set("limit", limit)
    writer.set("style", isLayer ? Self.layerStyle : nil)
    writer.set("checksEnd", checksEnd)
  }

  fileprivate init(_ reader: RecordReader) throws(RecordError) {
    self.init(try ArchiveFile(reader, "source"), into: try reader.string("directory"))
    offset = try reader.integer("offset", 0)
    length = try reader.optionalInteger("length")
    copy = try reader.optionalString("copy")
    limit = try reader.optionalInteger("limit")
    isLayer = try reader.optionalString("style") == Self.layerStyle
    checksEnd = try reader.flag("checksEnd")
  }
}

extension ArchiveRequest.Packing {
  fileprivate func write(_ writer: inout RecordWriter) {
    tree.write(&writer)
    writer.set("target", json: target.json)
    writer.set("latestTime", latestTime)
    writer.set("without", without)
  }

  fileprivate init(_ reader: RecordReader) throws(RecordError) {
    self.init(try ArchiveTree(reader), to: try ArchiveFile(reader, "target"))
    latestTime = try reader.optionalInteger("latestTime")
    without = try reader.strings("without")
  }
}
