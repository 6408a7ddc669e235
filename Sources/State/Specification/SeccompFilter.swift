import Model

/// Which system calls a container's programs are refused: what was asked for, not what became of
/// it on one kernel with one version of libseccomp.
package enum SeccompFilter: Sendable, Hashable, RecordMember {
  /// Docker's default profile.
  case standard
  /// A profile in Docker's JSON form; the name is for messages.
  case profile(name: String, text: String)

  /// Reads the members.
  package init(_ reader: RecordReader) throws(RecordError) {
    if let text = try reader.optionalString("text") {
      self = .profile(name: try reader.string("name"), text: text)
    } else {
      self = .standard
    }
  }

  /// Writes the members, of which `init(_:)` makes the same filter.
  package func write(_ writer: inout RecordWriter) {
    switch self {
    case .standard:
      writer.set("name", "default")
    case .profile(let name, let text):
      writer.set("name", name)
      writer.set("text", text)
    }
  }
}
