import Model

/// The version of what our programs say to each other.
///
/// Each program says the version that it speaks in its first message. Who reads a message of a
/// version that it does not know refuses it; what the programs said before there were versions is
/// version 0 and has no such member.
///
/// It is not the `FormatVersion` of a record: that one is counted for each root value, and older ones
/// are migrated; this is one number for all that is said, and tells whom to replace.
package enum MessageVersion {
  /// What this program speaks. To be raised with every change that programs of the version before
  /// would misunderstand; the old form stays readable.
  package static let current: Int64 = 2

  /// What programs spoke that say no version.
  package static let unversioned: Int64 = 0

  /// The member of a JSON message that has the version.
  static let key = FormatVersion.key

  /// What stands before the version where a message is a list of words.
  static let wordPrefix = "version="

  /// The version as a word of a command line.
  static var word: String { "\(wordPrefix)\(current)" }

  /// The version of a message; 0 when it has none.
  package static func of(_ json: JSON) -> Int64 { json[key]?.intValue ?? unversioned }

  /// Adds this program's version to a message.
  static func stamp(_ object: JSONObject) -> JSON {
    var stamped = JSONObject([(key, .integer(current))])
    for member in object.members { stamped[member.key] = member.value }
    return .object(stamped)
  }

  /// Refuses a version that is newer than ours.
  ///
  /// - Parameter speaker: who said it, such as `roost-shim`.
  package static func refuseNewer(
    _ version: Int64, of speaker: String
  ) throws(MessageError) {
    guard version > current else { return }
    throw .otherVersion(version, of: speaker)
  }

  /// Refuses every version but ours: for programs that are installed together and run for one
  /// request only.
  package static func refuseOther(
    _ version: Int64, of speaker: String
  ) throws(MessageError) {
    guard version != current else { return }
    throw .otherVersion(version, of: speaker)
  }
}

/// Why a message of another program was not taken.
package struct MessageError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A sentence for people.
  package var message: String
  /// What the user can do.
  package var hint: String

  private static let reinstall = "install the programs of one version of roost together, and repeat"

  /// A version that is not known here.
  static func otherVersion(_ version: Int64, of speaker: String) -> MessageError {
    MessageError(
      message: "\(speaker) speaks version \(version) of roost's messages, and this program "
        + "version \(MessageVersion.current)", hint: reinstall)
  }

  /// A message of a known version that does not have the form of that version.
  package static func notUnderstood(_ speaker: String, _ reason: String) -> MessageError {
    MessageError(
      message: "a message of \(speaker) is not understood: \(reason)", hint: reinstall)
  }

  /// A message of a known version with a member that does not have the form of that version. The
  /// reader says who it is when it is run by other programs only.
  static func notUnderstood(
    _ speaker: String, _ error: RecordError, by reader: String? = nil
  ) -> MessageError {
    let note = reader.map { " (\($0) is run by roost, not by hand)" } ?? ""
    return notUnderstood(speaker, "\(error)\(note)")
  }

  /// The sentence, and what to do about it.
  package var description: String { "\(message): \(hint)" }

  /// The same for the user of the command line.
  package var diagnostic: Diagnostic { Diagnostic(.error, message, hint: hint) }
}
