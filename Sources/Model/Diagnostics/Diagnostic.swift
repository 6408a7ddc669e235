/// A place in a file that a user wrote.
package struct SourceLocation: Sendable, Hashable, Comparable {
  /// The file as the user named it.
  package var file: String
  /// The line, from 1.
  package var line: Int
  /// The column in characters, from 1.
  package var column: Int

  /// Makes a place.
  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// Orders by file, line and column.
  package static func < (left: Self, right: Self) -> Bool {
    (left.file, left.line, left.column) < (right.file, right.line, right.column)
  }
}

/// One message for the user: what is wrong, where, and what to do about it.
package struct Diagnostic: Error, Sendable, Hashable, CustomStringConvertible {
  /// How grave a message is.
  package enum Severity: String, Sendable, Hashable {
    case error
    case warning
  }

  /// A second place that matters, such as the other of two clashing keys.
  package struct Note: Sendable, Hashable {
    /// What is to be seen there.
    package var message: String
    /// The place, if it is in a file.
    package var location: SourceLocation?
    /// The text of that line.
    package var excerpt: String?

    /// Makes a note.
    package init(_ message: String, at location: SourceLocation? = nil, excerpt: String? = nil) {
      self.message = message
      self.location = location
      self.excerpt = excerpt
    }
  }

  /// How grave it is.
  package var severity: Severity
  /// What is wrong: a sentence in lower case without a final stop.
  package var message: String
  /// The path of keys, such as `services.web.ports[0]`; empty when it has none.
  package var path: String
  /// The place, if it is in a file.
  package var location: SourceLocation?
  /// The text of the line at `location`, shown with a caret under the column.
  package var excerpt: String?
  /// What the user can do.
  package var hint: String?
  /// Other places that matter.
  package var notes: [Note]

  /// Makes a message.
  package init(
    _ severity: Severity = .error, _ message: String, path: String = "",
    at location: SourceLocation? = nil, excerpt: String? = nil, hint: String? = nil,
    notes: [Note] = []
  ) {
    self.severity = severity
    self.message = message
    self.path = path
    self.location = location
    self.excerpt = excerpt
    self.hint = hint
    self.notes = notes
  }
}

/// Several messages that were found together; at least one is an error.
package struct Diagnostics: Error, Sendable, Hashable, CustomStringConvertible {
  /// The messages in a stable order.
  package var messages: [Diagnostic]

  /// Makes a collection.
  package init(_ messages: [Diagnostic]) { self.messages = messages }

  /// All messages with place and hint, one a line.
  package var description: String { messages.map(\.description).joined(separator: "\n") }
}
