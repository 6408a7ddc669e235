import Linux

/// Where a record or a message comes from, for what is said about it.
package enum RecordSource: Sendable, Hashable {
  /// A file, by its path.
  case file(String)
  /// What another process sent, by its name, such as `exec request`.
  case message(String)

  /// The path, or `the exec request`.
  package var name: String {
    switch self {
    case .file(let path): path
    case .message(let kind): "the \(kind)"
    }
  }
}

/// A record on disk, or a message of another process, that cannot be used.
package struct RecordError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Why it cannot be used.
  package enum Cause: Sendable, Hashable {
    /// A member is missing or has another form than it must have. The member is a path such as
    /// `mounts[2].target`, empty for the whole value; the reason goes on behind it.
    case malformed(member: String, reason: String)
    /// It was written in a format that only a later version of roost knows.
    case newer(format: Int, known: Int)
    /// The system does not let it be read.
    case unreadable(SyscallError)
  }

  /// The file or message.
  package var source: RecordSource
  /// Why it cannot be used.
  package var cause: Cause

  /// Describes why a record cannot be used.
  package init(_ source: RecordSource, _ cause: Cause) {
    self.source = source
    self.cause = cause
  }

  /// True when a later version of roost could use it: nothing about it is damaged, so that it must
  /// not be taken for what a crash left.
  package var isNewer: Bool {
    if case .newer = cause { true } else { false }
  }

  /// A sentence for people; for a newer format it says what to do.
  package var description: String {
    switch cause {
    case .malformed("", let reason): "\(source.name) \(reason)"
    case .malformed(let member, let reason): "\(source.name): \(member) \(reason)"
    case .unreadable(let error): "\(source.name) cannot be read: \(error.reason)"
    case .newer(let format, let known): newer(format, known)
    }
  }

  private func newer(_ format: Int, _ known: Int) -> String {
    let formats = "(format \(format), this one knows up to \(known))"
    return switch source {
    case .file(let path):
      "\(path) was written by a newer roost \(formats): install that version again, or have it "
        + "remove what it made before this one is used"
    case .message(let kind):
      "the \(kind) comes from a newer roost \(formats): install all programs of roost in one "
        + "version, and run the command again"
    }
  }
}
