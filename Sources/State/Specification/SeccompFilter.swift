import Model

/// Which system calls a container's programs are refused: what was asked for, not what became of
/// it on one kernel with one version of libseccomp.
package enum SeccompFilter: Sendable, Hashable {
  /// Docker's default profile.
  case standard
  /// A profile in Docker's JSON form; the name is for messages.
  case profile(name: String, text: String)

  /// Reads the JSON form.
  package init(_ reader: RecordReader) throws(RecordError) {
    if let text = try reader.optionalString("text") {
      self = .profile(name: try reader.string("name"), text: text)
    } else {
      self = .standard
    }
  }

  /// The JSON form; `init(_:)` gives the same filter back.
  package var json: JSON {
    switch self {
    case .standard: ["name": "default"]
    case .profile(let name, let text): ["name": .string(name), "text": .string(text)]
    }
  }
}
