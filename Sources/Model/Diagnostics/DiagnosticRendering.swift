extension Diagnostic {
  /// The message as people read it: place, path, sentence, source line with a caret, hint, notes.
  ///
  /// Lines end without a newline after the last one.
  package func rendered() -> String {
    var lines = [headline]
    lines += Self.excerptLines(excerpt, at: location)
    for note in notes {
      lines.append("  \(note.place)note: \(note.message)")
      lines += Self.excerptLines(note.excerpt, at: note.location)
    }
    if let hint { lines.append("  hint: \(hint)") }
    return lines.joined(separator: "\n")
  }

  /// Place, keys, message and hint on one line, for logs and as a part of other sentences.
  package var description: String {
    let place = location.map { "\($0.file):\($0.line):\($0.column): " } ?? ""
    let key = path.isEmpty ? "" : "\(path): "
    return "\(place)\(key)\(message)" + (hint.map { " (\($0))" } ?? "")
  }

  private var headline: String {
    let place = location.map { "\($0.file):\($0.line):\($0.column): " } ?? ""
    let key = path.isEmpty ? "" : "\(path): "
    return "\(place)\(severity.rawValue): \(key)\(message)"
  }

  private static func excerptLines(_ excerpt: String?, at location: SourceLocation?) -> [String] {
    guard let excerpt, let location else { return [] }
    // A long line is cut around the column, so that the caret stays on the screen.
    let characters = Array(excerpt)
    let column = max(0, min(location.column - 1, characters.count))
    let start = column > 80 ? column - 60 : 0
    let shown = characters[start..<min(characters.count, start + 120)]
    let number = String(location.line)
    let gutter = String(repeating: " ", count: number.count)
    // Tabs keep their width in the caret line, whatever the terminal makes of them.
    let padding = shown.prefix(column - start).map { $0 == "\t" ? "\t" : " " }.joined()
    return ["  \(number) | \(String(shown))", "  \(gutter) | \(padding)^"]
  }

  /// The message as one JSON object, for `--progress json`.
  package var json: JSON {
    var object = JSONObject([(severity.rawValue, JSON.bool(true)), ("message", .string(message))])
    if !path.isEmpty { object["path"] = .string(path) }
    if let location {
      object["file"] = .string(location.file)
      object["line"] = .integer(Int64(location.line))
      object["column"] = .integer(Int64(location.column))
    }
    if let hint { object["hint"] = .string(hint) }
    if !notes.isEmpty { object["notes"] = .array(notes.map { .string($0.headline) }) }
    return .object(object)
  }

  /// Reads a message that another program of ours wrote as `json`; the source lines, which are not
  /// in it, are left out. Nil for what is none.
  package init?(json: JSON) {
    guard let message = json["message"]?.stringValue else { return nil }
    let severity: Severity = json[Severity.warning.rawValue]?.boolValue == true ? .warning : .error
    var location: SourceLocation?
    if let file = json["file"]?.stringValue, let line = json["line"]?.intValue,
      let column = json["column"]?.intValue
    {
      location = SourceLocation(file: file, line: Int(line), column: Int(column))
    }
    self.init(
      severity, message, path: json["path"]?.stringValue ?? "", at: location,
      hint: json["hint"]?.stringValue, notes: json.strings("notes").map { Note($0) })
  }
}

extension Diagnostic.Note {
  /// The place and the message in one line.
  fileprivate var headline: String { place + message }

  fileprivate var place: String {
    location.map { "\($0.file):\($0.line):\($0.column): " } ?? ""
  }
}
