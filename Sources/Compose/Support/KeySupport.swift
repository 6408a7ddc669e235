/// What roost does with one key of a Compose file.
package enum KeySupport: Sendable, Hashable {
  /// It has its effect, within the limits that the note tells.
  case works(note: String)
  /// It has no effect, and a warning says so.
  case ignored(reason: String)
  /// It has no effect on one machine or on Linux, and nothing is said about it.
  case unneeded(reason: String)
  /// A service, network or volume that has it cannot be run.
  case refused(reason: String)

  /// True when there is something to tell the user of such a key.
  var isLimited: Bool {
    switch self {
    case .ignored, .refused: true
    case .works, .unneeded: false
    }
  }

  /// The word of the support table.
  package var title: String {
    switch self {
    case .works: "works"
    case .ignored: "no effect, with a warning"
    case .unneeded: "no effect"
    case .refused: "refused"
    }
  }

  /// What there is to know besides; empty when there is nothing.
  package var note: String {
    switch self {
    case .works(let note): note
    case .ignored(let reason), .unneeded(let reason), .refused(let reason): reason
    }
  }
}

/// One row of the support table.
package struct KeySupportEntry: Sendable, Hashable {
  /// The path of the key, such as `services.*.ports.*.target`; `*` stands for any name or number.
  package var path: String
  /// What roost does with it.
  package var support: KeySupport

  /// Makes a row.
  package init(path: String, support: KeySupport) {
    self.path = path
    self.support = support
  }
}

/// What roost does with every key of the Compose specification. Warnings, refusals and the page of
/// the documentation are all made from these rows, and a test holds them to the specification.
package enum SupportTable {
  /// The rows, sorted by path.
  package static let entries = rows.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }

  /// The rows as they are written down.
  static var rows: [KeySupportEntry] { projectRows + serviceRows + buildRows + deployRows }

  /// Rows of keys that work without more to say.
  static func works(below parent: String, _ keys: String...) -> [KeySupportEntry] {
    keys.map { row(parent, $0, .works(note: "")) }
  }

  /// Rows of keys that work within limits.
  static func works(
    below parent: String, notes: KeyValuePairs<String, String>
  ) -> [KeySupportEntry] {
    notes.map { row(parent, $0.key, .works(note: $0.value)) }
  }

  /// Rows of keys that have no effect, which a warning says.
  static func ignored(
    below parent: String, _ reasons: KeyValuePairs<String, String>
  ) -> [KeySupportEntry] {
    reasons.map { row(parent, $0.key, .ignored(reason: $0.value)) }
  }

  /// Rows of keys that have no effect, about which nothing is said.
  static func unneeded(
    below parent: String, _ reasons: KeyValuePairs<String, String>
  ) -> [KeySupportEntry] {
    reasons.map { row(parent, $0.key, .unneeded(reason: $0.value)) }
  }

  /// Rows of keys that are refused.
  static func refused(
    below parent: String, _ reasons: KeyValuePairs<String, String>
  ) -> [KeySupportEntry] {
    reasons.map { row(parent, $0.key, .refused(reason: $0.value)) }
  }

  private static func row(
    _ parent: String, _ key: String, _ support: KeySupport
  ) -> KeySupportEntry {
    KeySupportEntry(path: parent.isEmpty ? key : "\(parent).\(key)", support: support)
  }
}
