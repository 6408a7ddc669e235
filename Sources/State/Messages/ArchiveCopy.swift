import Model

/// The file work of COPY, ADD and WORKDIR: things to make in a tree.
package struct ArchiveCopy: Sendable, Hashable {
  /// Where they are made.
  package var target: ArchiveTree
  /// What is copied from; nil for the target itself. An item may name another.
  package var source: ArchiveTree?
  /// Whose user database counts for `owner`; nil for the target's.
  package var users: ArchiveTree?
  /// The owner of all that is made, as `user[:group]`.
  package var owner: String?
  /// The permissions of all that is made, as chmod takes them.
  package var mode: String?
  /// Keeps the owners that files have in the source.
  package var keepsOwners = false
  /// Times after this one, in seconds since 1970, are written as this one.
  package var latestTime: Int64?
  /// The most bytes that an archive may unpack to; nil for the helper's own limit.
  package var limit: Int64?
  /// What is made, in order.
  package var items: [Item] = []
  /// A file to make that gets the target's upper directory as a tar; nil for none.
  package var pack: String?

  /// Makes a request that does nothing yet.
  package init(into target: ArchiveTree) { self.target = target }

  /// One thing to make.
  package struct Item: Sendable, Hashable {
    /// What it is.
    package enum Content: Sendable, Hashable {
      /// A directory, with those that lead to it.
      case directory
      /// A file with a text.
      case text(String, name: String)
      /// A file of the source.
      case file(from: String)
      /// What is in a tar of the source; if the file is not a tar, the file itself.
      case archive(from: String)
      /// A directory of the source, with the given paths below it.
      case tree(from: String, entries: [String])
    }

    /// What it is.
    package var content: Content
    /// Where it goes.
    package var target: String
    /// True when it goes into the target as a directory, under its own name.
    package var isInto: Bool
    /// What is copied from instead of the request's source.
    package var source: ArchiveTree?
    /// True when a directory that has to be made for a tree is like the tree's own. Else it is like
    /// those made on the way: what is copied are the things in it, not the directory.
    package var keepsRoot = false

    /// Makes an item.
    package init(
      _ content: Content, to target: String, into isInto: Bool = false,
      of source: ArchiveTree? = nil
    ) {
      self.content = content
      self.target = target
      self.isInto = isInto
      self.source = source
    }
  }
}

extension ArchiveCopy {
  func write(_ writer: inout RecordWriter) {
    writer.set("target", json: target.json)
    writer.set("source", json: source?.json)
    writer.set("users", json: users?.json)
    writer.set("owner", owner)
    writer.set("mode", mode)
    writer.set("keepsOwners", keepsOwners)
    writer.set("latestTime", latestTime)
    writer.set("limit", limit)
    writer.set("items", json: .array(items.map(\.json)))
    writer.set("pack", pack)
  }

  init(_ reader: RecordReader) throws(RecordError) {
    self.init(into: try ArchiveTree(reader.object("target")))
    source = try Self.tree(reader, "source")
    users = try Self.tree(reader, "users")
    owner = try reader.optionalString("owner")
    mode = try reader.optionalString("mode")
    keepsOwners = try reader.flag("keepsOwners")
    latestTime = try reader.optionalInteger("latestTime")
    limit = try reader.optionalInteger("limit")
    for element in try reader.objects("items") { items.append(try Item(element)) }
    pack = try reader.optionalString("pack")
  }

  fileprivate static func tree(
    _ reader: RecordReader, _ key: String
  ) throws(RecordError) -> ArchiveTree? {
    guard let tree = try reader.optionalObject(key) else { return nil }
    return try ArchiveTree(tree)
  }
}

extension ArchiveCopy.Item {
  private enum Kind: String {
    case directory
    case text
    case file
    case archive
    case tree
  }

  fileprivate var json: JSON {
    var writer = RecordWriter()
    func set(_ kind: Kind, from: String? = nil) {
      writer.set("kind", kind.rawValue)
      writer.set("from", from)
    }
    switch content {
    case .directory: set(.directory)
    case .text(let text, let name):
      set(.text)
      writer.set("name", name)
      writer.set("content", text)
    case .file(let from): set(.file, from: from)
    case .archive(let from): set(.archive, from: from)
    case .tree(let from, let entries):
      set(.tree, from: from)
      writer.set("entries", entries)
    }
    writer.set("to", target)
    writer.set("into", isInto)
    writer.set("source", json: source?.json)
    writer.set("keepsRoot", keepsRoot)
    return writer.json
  }

  fileprivate init(_ reader: RecordReader) throws(RecordError) {
    let text = try reader.string("kind")
    guard let kind = Kind(rawValue: text) else {
      throw reader.error("kind", "'\(text)' is unknown")
    }
    let content: Content
    switch kind {
    case .directory: content = .directory
    case .text:
      content = .text(try reader.string("content", ""), name: try reader.string("name", ""))
    case .file: content = .file(from: try reader.string("from", ""))
    case .archive: content = .archive(from: try reader.string("from", ""))
    case .tree:
      content = .tree(from: try reader.string("from", ""), entries: try reader.strings("entries"))
    }
    self.init(
      content, to: try reader.string("to"), into: try reader.flag("into"),
      of: try ArchiveCopy.tree(reader, "source"))
    keepsRoot = try reader.flag("keepsRoot")
  }
}
