import Model
import YAML

/// The variables of an env file: `.env`, `--env-file` or a service's `env_file`.
///
/// The format has no written specification; it is read as Docker Compose reads it. What Docker
/// Compose reads as a variable without a name is refused.
package struct DotEnv: Sendable {
  /// How a file is written.
  package enum Format: Sendable {
    /// With quotes, escapes, comments and variables.
    case standard
    /// `NAME=value` a line, each value taken as it is (`format: raw`).
    case raw
  }

  /// One setting.
  package struct Entry: Sendable {
    /// The variable's name.
    package var name: String
    /// The value; nil for a name alone that the environment does not know.
    package var value: String?
    /// Where the name stands.
    package var mark: Mark

    /// Makes a setting.
    package init(name: String, value: String?, mark: Mark) {
      self.name = name
      self.value = value
      self.mark = mark
    }
  }

  /// All settings in the order of the file. A name that is there twice means the last one.
  package internal(set) var entries: [Entry] = []
  /// What is wrong, or worth a warning.
  package internal(set) var messages: [Diagnostic] = []
  /// The messages that are worth reading.
  static let maximumMessages = 100

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - source: The file.
  ///   - format: How it is written.
  ///   - earlier: What files before this one have set, which a `$` means where neither `lookup` nor
  ///     the file's own earlier lines know the variable.
  ///   - lookup: The variables that a `$` in a value means, and that a name alone takes its value
  ///     from. It wins over what the file itself has set so far.
  package static func parse(
    _ source: SourceFile, format: Format = .standard, earlier: [String: String] = [:],
    lookup: (String) -> String?
  ) -> DotEnv {
    var file = DotEnv()
    file.checkText(source)
    switch format {
    case .standard:
      withoutActuallyEscaping(lookup) { lookup in
        var parser = DotEnvParser(source: source, earlier: earlier, lookup: lookup)
        parser.parse()
        file.entries = parser.entries
        file.messages += parser.messages
      }
    case .raw: file.parseRaw(source, lookup: lookup)
    }
    return file
  }

  /// The last setting of each name, at the place of its first.
  package var effectiveEntries: [Entry] {
    var positions: [String: Int] = [:]
    var result: [Entry] = []
    for entry in entries {
      if let position = positions[entry.name] {
        result[position] = entry
      } else {
        positions[entry.name] = result.count
        result.append(entry)
      }
    }
    return result
  }

  private mutating func checkText(_ source: SourceFile) {
    if let offset = source.text.firstIndex(of: 0) {
      messages.append(
        source.mark(at: offset).diagnostic(
          .error, "a NUL byte: no variable can hold one",
          hint: "save the file as UTF-8 text"))
    }
    if String(validating: source.text, as: UTF8.self) == nil {
      messages.append(
        source.mark(at: 0).diagnostic(
          .warning, "the file is not valid UTF-8; what is not is replaced by U+FFFD",
          hint: "save the file as UTF-8"))
    }
  }

  private mutating func parseRaw(_ source: SourceFile, lookup: (String) -> String?) {
    var marks = MarkCursor(source: source)
    var start = 0
    while start < source.text.count, messages.count < Self.maximumMessages {
      let rest = source.text[start...]
      let line = rest.prefix { $0 != 0x0A }
      start = line.endIndex + 1
      parseRawLine(line.last == 0x0D ? line.dropLast() : line, &marks, lookup)
    }
  }

  private mutating func parseRawLine(
    _ line: ArraySlice<UInt8>, _ marks: inout MarkCursor, _ lookup: (String) -> String?
  ) {
    let line = line.drop { $0 == 0x20 || $0 == 0x09 }
    guard let first = line.first, first != UInt8(ascii: "#") else { return }
    let mark = marks.mark(at: line.startIndex)
    let nameBytes = line.prefix { $0 != UInt8(ascii: "=") }
    let name = String(decoding: nameBytes, as: UTF8.self)
    if name.isEmpty {
      messages.append(DotEnvMessages.missingName(at: mark))
    } else if name.contains(where: \.isWhitespace) {
      messages.append(DotEnvMessages.blankInName(name, at: mark))
    } else if nameBytes.endIndex == line.endIndex {
      entries.append(Entry(name: name, value: lookup(name), mark: mark))
    } else {
      let value = String(decoding: line[(nameBytes.endIndex + 1)...], as: UTF8.self)
      entries.append(Entry(name: name, value: value, mark: mark))
    }
  }
}
