import Linux
import Model

/// The root value of a file or a message: an object that says in which format it is written.
///
/// Format 0 is what was written before there were versions: the same members without one. A format
/// that is newer than `format` is refused; an older one is brought to the current members by
/// `migrate` when it is read, and written in the current format the next time.
package protocol Versioned: RecordMember {
  /// The format that is written, and the newest one that can be read.
  static var format: Int { get }
  /// Brings an object of an older format to the members of the current one.
  static func migrate(_ json: JSON, from format: Int) -> JSON
}

extension Versioned {
  /// The first format that has a version.
  package static var format: Int { 1 }
  /// Formats 0 and 1 have the same members.
  package static func migrate(_ json: JSON, from format: Int) -> JSON { json }

  /// Reads a value of any format up to the current one.
  package init(json: JSON, of source: RecordSource) throws(RecordError) {
    guard json.objectValue != nil else {
      throw RecordError(source, .malformed(member: "", reason: "must be an object"))
    }
    let format = try FormatVersion.read(json, of: source, known: Self.format)
    let current = format == Self.format ? json : Self.migrate(json, from: format)
    try self.init(RecordReader(current, of: source))
  }

  /// Reads the text of a value of any format up to the current one.
  package init(text: some Sequence<UInt8>, of source: RecordSource) throws(RecordError) {
    guard let json = try? JSON.parse(text) else {
      throw RecordError(source, .malformed(member: "", reason: "is not JSON"))
    }
    try self.init(json: json, of: source)
  }

  /// The object in the current format, its version first.
  package var json: JSON {
    var writer = RecordWriter()
    writer.set(FormatVersion.key, Self.format)
    write(&writer)
    return writer.json
  }

  /// The value in a file.
  ///
  /// - Returns: nil when there is no such file, or when a crash of the machine left it torn: files
  ///   are replaced whole, so that what does not even parse was never seen complete by anybody.
  package static func read(_ path: String) throws(RecordError) -> Self? {
    guard let json = try StateFile.read(path) else { return nil }
    return try Self(json: json, of: .file(path))
  }

  /// The value in a file; nil when there is none that can be used.
  ///
  /// For the files about a run of a container or a supervisor: who looks at a container has read its
  /// record, which refuses files of a newer format (`ContainerLayout.refuseNewerRun`), and what is
  /// malformed is what a crash left.
  package static func readIfUsable(_ path: String) -> Self? { (try? read(path)) ?? nil }

  /// `readIfUsable` for those who act upon the absence.
  ///
  /// - Throws: when the file cannot be read, so that nobody knows what it says.
  package static func readIfKnown(_ path: String) throws(SyscallError) -> Self? {
    do throws(RecordError) { return try read(path) } catch {
      guard case .unreadable(let failure) = error.cause else { return nil }
      throw failure
    }
  }

  /// Replaces a file by this value, which nobody but root may read.
  package func write(_ path: String) throws(SyscallError) {
    try StateFile.write(path, json)
  }
}

/// The version that a root value carries.
package enum FormatVersion {
  /// The member that holds it.
  package static let key = "version"

  /// The format of a root value: 0 when it does not say.
  ///
  /// - Throws: when the format is newer than `known`, or the version is not a number.
  package static func read(
    _ json: JSON, of source: RecordSource, known: Int
  ) throws(RecordError) -> Int {
    let format: Int = try RecordReader(json, of: source).integer(key, 0)
    guard format >= 0 else {
      throw RecordError(source, .malformed(member: key, reason: "must not be negative"))
    }
    guard format <= known else { throw RecordError(source, .newer(format: format, known: known)) }
    return format
  }
}
