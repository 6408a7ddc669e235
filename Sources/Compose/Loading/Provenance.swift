import Model
import YAML

/// How parts of the model got from the place where they are written to the place where they
/// count: by `include`, `extends` and aliases.
///
/// Messages point to where something is written. Where two places meet, they name the other, too.
struct Provenance {
  /// A file that was read because of a node of another one.
  private struct Step {
    /// The file that was read, as messages name it.
    var file: String
    /// The path below which its contents went; empty for the whole model.
    var path: String
    var note: Diagnostic.Note
  }

  private var steps: [Step] = []
  private var sources: [String: SourceFile] = [:]

  /// Steps worth remembering; a file is rarely named from more places.
  private static let maximumSteps = 2000

  mutating func read(_ source: SourceFile) { sources[source.name] = source }

  mutating func include(_ file: String, by entry: Node) {
    add(Step(file: file, path: "", note: entry.note("it is included here")))
  }

  mutating func extend(_ service: String, from file: String, by reference: Node) {
    let path: NodePath = ["services", .key(service)]
    add(
      Step(
        file: file, path: path.description, note: reference.note("`\(service)` extends it here")))
  }

  private mutating func add(_ step: Step) {
    if steps.count < Self.maximumSteps { steps.append(step) }
  }

  /// The messages with the notes that say how they got where they are.
  func explained(_ messages: [Diagnostic]) -> [Diagnostic] {
    messages.map { message in
      guard message.severity == .error, let location = message.location else { return message }
      var explained = message
      for note in notes(for: message, at: location)
      where note.location != location && !message.notes.contains(where: { $0.isAt(note) }) {
        explained.notes.append(note)
      }
      return explained
    }
  }

  private func notes(
    for message: Diagnostic, at location: SourceLocation
  ) -> [Diagnostic.Note] {
    let aliases = (sources[location.file]?.aliasUses ?? []).filter {
      $0.covers(line: location.line, column: location.column)
        && Self.isPrefix($0.path, of: message.path)
    }
    let readers = steps.filter {
      $0.file == location.file && Self.isPrefix($0.path, of: message.path)
    }
    return aliases.map { $0.mark.note("`*\($0.name)` repeats it here") } + readers.map(\.note)
  }

  /// True when a path is that of another value or of something that it is in.
  static func isPrefix(_ prefix: String, of path: String) -> Bool {
    guard !prefix.isEmpty, path.hasPrefix(prefix) else { return prefix.isEmpty }
    let next = path.utf8.dropFirst(prefix.utf8.count).first
    return next == nil || next == UInt8(ascii: ".") || next == UInt8(ascii: "[")
  }
}

extension Diagnostic.Note {
  fileprivate func isAt(_ other: Diagnostic.Note) -> Bool { location == other.location }
}
