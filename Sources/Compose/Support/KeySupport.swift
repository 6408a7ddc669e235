/// What roost does with one key of a Compose file.
package enum KeySupport: Sendable, Hashable {
  /// It has its effect, within the limits that the note tells.
  case works(note: String = "")
  /// It has no effect, and a warning says so.
  case ignored(reason: String)
  /// It has no effect on one machine or on Linux, and nothing is said about it.
  case unneeded(reason: String)
  /// A service, network or volume that has it cannot be run.
  case refused(reason: String)
  /// What is said of the key around it, which has no effect, holds for it too.
  case inherited

  /// True when roost honours it.
  var isEffective: Bool {
    switch self {
    case .works, .inherited: true
    case .ignored, .unneeded, .refused: false
    }
  }

  /// True when there is something to tell the user of such a key.
  var isLimited: Bool {
    switch self {
    case .ignored, .refused: true
    case .works, .unneeded, .inherited: false
    }
  }

  /// The word of the support table.
  package var title: String {
    switch self {
    case .works: "works"
    case .ignored: "no effect, with a warning"
    case .unneeded: "no effect"
    case .refused: "refused"
    case .inherited: ""
    }
  }

  /// What there is to know besides; empty when there is nothing.
  package var note: String {
    switch self {
    case .works(let note): note
    case .ignored(let reason), .unneeded(let reason), .refused(let reason): reason
    case .inherited: ""
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

/// What roost does with every key of the Compose specification, as the page of the documentation
/// shows it. Warnings and refusals are made from the same rows of the table of keys.
package enum SupportTable {
  /// The rows, sorted by path.
  package static let entries = rows(of: .standard)

  /// The rows of a table of keys. Keys that work stand there only if those around them do, and what
  /// has no effect is there once for all keys below it.
  static func rows(of keys: KeyTable) -> [KeySupportEntry] {
    keys.rows.filter(isListed)
      .map { KeySupportEntry(path: $0.path, support: $0.field.support) }
      .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  private static func isListed(_ row: KeyTable.Row) -> Bool {
    switch row.field.support {
    case .works: row.isInEffect
    case .ignored, .unneeded, .refused: true
    case .inherited: false
    }
  }
}
