import Model

/// Lines that are not YAML at all, around the place where the parser gave up: what a merge of git
/// left, and comments and templates of other languages.
struct LineMistakes {
  private let source: SourceFile?
  /// The lines to look at, the likeliest first.
  private let lines: [Int]

  init(around place: Mark, start: Mark?) {
    source = place.source
    lines = [place.line, start?.line, place.line - 1].compactMap(\.self).filter { $0 > 0 }
  }

  /// The message about the first of these lines that is such a mistake.
  var diagnostic: Diagnostic? {
    if let conflict { return conflict }
    for line in lines {
      let text = source?.excerpt(line: line) ?? ""
      if let message = message(about: text, line) { return message }
    }
    return nil
  }

  private func message(about text: String, _ line: Int) -> Diagnostic? {
    let column = text.prefix { $0 == " " || $0 == "\t" }.count + 1
    let content = text.drop { $0 == " " || $0 == "\t" }
    if content.hasPrefix("//") || content.hasPrefix("/*") {
      return comment(at: line, column)
    }
    if let slashes = text.firstRange(of: " //"), !isBeforeQuoteEnd(text, slashes.upperBound) {
      return comment(at: line, text[..<slashes.lowerBound].count + 2)
    }
    if content.hasPrefix("{%") || content.hasPrefix("<%") {
      return mark(line, column).diagnostic(
        .error, "a line of a template, which is not YAML",
        hint: "render the template first: Compose itself fills in `${NAME}` only")
    }
    if let hash = hash(in: content) {
      return mark(line, column).diagnostic(
        .error, "the `#` has no blank before it, so that it begins no comment",
        hint: "write `\(hash)`")
    }
    return nil
  }

  private func comment(at line: Int, _ column: Int) -> Diagnostic {
    mark(line, column).diagnostic(
      .error, "a comment begins with `#`, not with `//` or `/*`", hint: "write `# …`")
  }

  private func mark(_ line: Int, _ column: Int) -> Mark {
    Mark(source: source, line: line, column: column)
  }

  /// True when a place of a line lies within quotes.
  private func isBeforeQuoteEnd(_ text: String, _ index: String.Index) -> Bool {
    var quote: Character?
    for character in text[..<index] where character == "\"" || character == "'" {
      if quote == nil { quote = character } else if quote == character { quote = nil }
    }
    return quote != nil
  }

  /// `key:#comment`, as it was meant.
  private func hash(in content: Substring) -> String? {
    guard let range = content.firstRange(of: ":#") else { return nil }
    let key = content[..<range.lowerBound]
    guard !key.isEmpty, key.allSatisfy({ $0.isLetter || $0.isNumber || "_-.".contains($0) }) else {
      return nil
    }
    return "\(key): #\(content[range.upperBound...])"
  }

  // MARK: - Merges

  private static let maximumLines = 10_000

  /// The first mark that git leaves where it could not merge.
  private var conflict: Diagnostic? {
    guard let source else { return nil }
    let nearest = lines.first ?? 1
    for number in max(1, nearest - Self.maximumLines)...(nearest + 1) {
      guard let text = source.excerpt(line: number) else { return nil }
      guard text.hasPrefix("<<<<<<< ") || text.hasPrefix(">>>>>>> ") else { continue }
      return mark(number, 1).diagnostic(
        .error, "git left both versions here, because it could not merge them",
        hint: "keep what is right, and remove the lines of `<<<<<<<`, `=======` and `>>>>>>>`")
    }
    return nil
  }

  // MARK: - Entries

  /// `B=2` as an entry of a map: `B: 2`.
  static func entry(_ item: String) -> String {
    let plain = unquoted(item)
    guard let equals = plain.firstIndex(of: "=") else {
      return plain.contains(": ") || plain.hasSuffix(":") ? plain : "\(plain):"
    }
    return "\(plain[..<equals]): \(plain[plain.index(after: equals)...])"
  }

  /// `B: 2` as an item of a list of assignments: `B=2`.
  static func assignment(_ entry: String) -> String {
    guard let colon = entry.firstRange(of: ": ") else { return entry }
    return "\(entry[..<colon.lowerBound])=\(unquoted(String(entry[colon.upperBound...])))"
  }

  private static func unquoted(_ text: String) -> String {
    guard text.count > 1, let first = text.first, first == text.last, first == "\"" || first == "'"
    else { return text }
    return String(text.dropFirst().dropLast())
  }
}
