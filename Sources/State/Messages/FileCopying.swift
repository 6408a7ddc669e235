import Linux
import Model

/// One end of a copy between a container and the machine: a root, and a path within it.
package struct CopyPlace: Sendable, Hashable {
  /// How a path ends, which says something of what it names.
  package enum Ending: String, Sendable, Hashable {
    /// A name.
    case name
    /// A slash: a directory.
    case slash
    /// `/.`: what is in a directory.
    case content
  }

  /// The number under which the helper was given the root; nil for the machine's own files.
  package var root: Int32?
  /// The number of the user namespace in which the helper acts; nil for its own.
  package var userNamespace: Int32?
  /// The path from the root, without `.`, `..` and slashes at its end.
  package var path: String
  /// How the path ended.
  package var ending: Ending
  /// What stands before the path in messages, such as `web-1:`.
  package var label: String

  /// Takes a path as it was typed. What is relative counts from the root; `..` is taken away with the
  /// name before it, as Docker does.
  package init(
    _ text: String, root: Int32? = nil, userNamespace: Int32? = nil, label: String = ""
  ) {
    var names: [Substring] = []
    for name in text.split(separator: "/") where name != "." {
      if name == ".." { _ = names.popLast() } else { names.append(name) }
    }
    path = "/" + names.joined(separator: "/")
    let last = text.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    ending = last == "." || path == "/" ? .content : last.isEmpty ? .slash : .name
    self.root = root
    self.userNamespace = userNamespace
    self.label = label
  }

  /// The path for messages.
  package var text: String { label + path + (ending == .slash ? "/" : "") }
}

/// Sends a file or directory as a tar, or single members of one.
package struct FileSending: Sendable, Hashable {
  /// One file, link or directory, without what is in it.
  package struct Member: Sendable, Hashable {
    /// Its absolute path on the machine; no part of it may be a link but the last.
    package var source: String
    /// Its path in the tar.
    package var name: String

    /// Makes a member.
    package init(_ source: String, as name: String) {
      self.source = source
      self.name = name
    }
  }

  /// What is sent.
  package var place: CopyPlace
  /// What is sent instead, if not nil. What is not there is left out.
  package var members: [Member]?
  /// The number of the file that gets the tar.
  package var output: Int32
  /// Sends what a link leads to, under the link's name.
  package var followsLinks = false
  /// Sends no more than what the first member is.
  package var onlyChecks = false

  /// Sends all of it.
  package init(_ place: CopyPlace, to output: Int32) {
    self.place = place
    self.output = output
  }
}

/// Receives a tar, and puts what it holds where Docker's rules say.
package struct FileReceiving: Sendable, Hashable {
  /// Where to.
  package var place: CopyPlace
  /// The number of the file that the tar comes from.
  package var input: Int32
  /// True for any tar, whose members go into a directory; false for what `FileSending` sent.
  package var isArchive = false
  /// Gives the members the owners that the tar names; otherwise they are those of the helper's user.
  package var keepsOwners = false
  /// Looks at the first member, and makes nothing.
  package var onlyChecks = false
  /// Paths that are removed before, with all that is in them. What something is mounted on stays.
  package var removals: [String] = []
  /// Lets a file take the place of a directory, and a directory that of a file.
  package var replacesKinds = false

  /// Receives what was sent.
  package init(_ place: CopyPlace, from input: Int32) {
    self.place = place
    self.input = input
  }
}

extension CopyPlace {
  fileprivate var json: JSON {
    var writer = RecordWriter()
    writer.set("root", root)
    writer.set("userNamespace", userNamespace)
    writer.set("path", path)
    writer.set("ending", ending.rawValue)
    writer.set("label", label)
    return writer.json
  }

  fileprivate init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      try reader.string("path"), root: try reader.optionalInteger("root"),
      userNamespace: try reader.optionalInteger("userNamespace"),
      label: try reader.string("label", ""))
    let text = try reader.string("ending")
    guard let ending = Ending(rawValue: text) else {
      throw reader.error("ending", "'\(text)' is unknown")
    }
    self.ending = ending
  }
}

extension FileSending {
  func write(_ writer: inout RecordWriter) {
    writer.set("place", json: place.json)
    writer.set("output", output)
    if let members {
      // Empty lists are not written, and nothing is not everything.
      writer.set("sendsMembers", true)
      writer.set("sources", members.map(\.source))
      writer.set("names", members.map(\.name))
    }
    writer.set("followsLinks", followsLinks)
    writer.set("onlyChecks", onlyChecks)
  }

  init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      try CopyPlace(reader.object("place")), to: try reader.integer("output"))
    if try reader.flag("sendsMembers") {
      let sources = try reader.strings("sources")
      let names = try reader.strings("names")
      guard names.count == sources.count else {
        throw reader.error("names", "is not as long as `sources`")
      }
      members = zip(sources, names).map { Member($0, as: $1) }
    }
    followsLinks = try reader.flag("followsLinks")
    onlyChecks = try reader.flag("onlyChecks")
  }
}

extension FileReceiving {
  func write(_ writer: inout RecordWriter) {
    writer.set("place", json: place.json)
    writer.set("input", input)
    writer.set("isArchive", isArchive)
    writer.set("keepsOwners", keepsOwners)
    writer.set("onlyChecks", onlyChecks)
    writer.set("removals", removals)
    writer.set("replacesKinds", replacesKinds)
  }

  init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      try CopyPlace(reader.object("place")), from: try reader.integer("input"))
    isArchive = try reader.flag("isArchive")
    keepsOwners = try reader.flag("keepsOwners")
    onlyChecks = try reader.flag("onlyChecks")
    removals = try reader.strings("removals")
    replacesKinds = try reader.flag("replacesKinds")
  }
}
