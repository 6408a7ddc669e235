import CLibYAML
import Model

/// A syntax error as libyaml reports it, and what people need to be told instead.
struct SyntaxError {
  private let problem: String
  private let context: String
  /// Where the parser gave up.
  private let place: Mark
  /// Where the construct began that it could not finish.
  private let start: Mark?

  init(_ parser: yaml_parser_t, source: SourceFile) {
    problem = parser.problem.map { String(cString: $0) } ?? "unreadable"
    context = parser.context.map { String(cString: $0) } ?? ""
    if parser.error == YAML_READER_ERROR {
      place = source.mark(at: Self.startOfCharacter(at: parser.problem_offset, source.text))
      start = nil
    } else {
      place = Self.mark(parser.problem_mark, source)
      start = parser.context == nil ? nil : Self.mark(parser.context_mark, source)
    }
  }

  /// A broken character is reported at its first byte, not at the byte that broke it.
  private static func startOfCharacter(at offset: Int, _ text: [UInt8]) -> Int {
    let start = text.prefix(offset).suffix(3).lastIndex { $0 & 0xC0 != 0x80 }
    guard let start, text[start] >= 0xC0, offset < text.count,
      String(validating: text[start..<offset], as: UTF8.self) == nil
    else { return offset }
    return start
  }

  private static func mark(_ mark: yaml_mark_t, _ source: SourceFile) -> Mark {
    Mark(source: source, line: mark.line + 1, column: mark.column + 1)
  }

  /// The message for the user.
  var diagnostic: Diagnostic {
    if let mistake = LineMistakes(around: place, start: start).diagnostic { return mistake }
    for rule in Self.rules where problem.hasPrefix(rule.problem) && context.hasSuffix(rule.context)
    {
      if let advice = rule.advice(self) { return diagnostic(advice) }
    }
    let message = context.isEmpty ? problem : "\(problem) \(context)"
    return diagnostic(Advice(message))
  }

  private func diagnostic(_ advice: Advice) -> Diagnostic {
    let place = advice.place ?? (advice.isAboutStart ? start ?? place : place)
    let note = advice.startNote.flatMap { text in start.map { $0.note(text) } }
    return place.diagnostic(
      .error, advice.message, hint: advice.hint,
      notes: [note, advice.note].compactMap(\.self))
  }

  /// What to say about an error.
  private struct Advice {
    var message: String
    /// Where it is better shown than where the parser gave up.
    var place: Mark?
    /// Another place, with what is to be seen there.
    var note: Diagnostic.Note?
    var hint: String?
    var startNote: String?
    var isAboutStart: Bool

    init(
      _ message: String, hint: String? = nil, startNote: String? = nil, isAboutStart: Bool = false
    ) {
      self.message = message
      self.hint = hint
      self.startNote = startNote
      self.isAboutStart = isAboutStart
    }
  }

  /// Advice for the errors whose problem begins and whose context ends with these words.
  private struct Rule: Sendable {
    var problem: String
    var context = ""
    var advice: @Sendable (SyntaxError) -> Advice?
  }

  // The first rule that fits and has something to say wins.
  private static let rules: [Rule] = [
    Rule(problem: "control characters are not allowed") { $0.controlCharacter },
    Rule(problem: "invalid Unicode") { _ in
      Advice("a character that Unicode does not have", hint: "save the file as UTF-8")
    },
    Rule(problem: "invalid") { $0.invalidUTF8 },
    Rule(problem: "incomplete UTF-8") { $0.invalidUTF8 },
    Rule(problem: "found character that cannot start any token") { $0.strangeCharacter },
    Rule(problem: "found a tab character where an indentation space is expected") { _ in
      Advice("a tab cannot indent a block of text", hint: "replace the tab by blanks")
    },
    Rule(problem: "found a tab character that violates indentation") { _ in Self.tab },
    Rule(problem: "mapping values are not allowed in this context") { $0.unexpectedColon },
    Rule(problem: "block sequence entries are not allowed in this context") { _ in
      Advice(
        "a list item cannot stand here",
        hint: "begin the list on its own line; text that begins with `- ` needs quotes")
    },
    Rule(problem: "could not find expected ':'") { _ in
      Advice(
        "the key has no `:`", hint: "write `key: value`, or put text of several lines in quotes",
        isAboutStart: true)
    },
    Rule(problem: "did not find expected key", context: "block mapping") { $0.misplacedLine },
    Rule(problem: "did not find expected '-' indicator") { $0.misplacedItem },
    Rule(problem: "did not find expected ',' or ']'") { error in
      Advice(
        "the list is not closed: expected `,` or `]`", hint: error.hintForBraces,
        startNote: "the list begins here")
    },
    Rule(problem: "did not find expected ',' or '}'") { error in
      Advice(
        "the map is not closed: expected `,` or `}`", hint: error.hintForBraces,
        startNote: "the map begins here")
    },
    Rule(problem: "found unexpected end of stream", context: "quoted scalar") { _ in
      Advice("the quote is never closed", isAboutStart: true)
    },
    Rule(problem: "found unexpected document indicator") { _ in
      Advice("the quote is not closed before the next document begins", isAboutStart: true)
    },
    Rule(problem: "found unknown escape character") { _ in
      Advice(
        "unknown escape in double quotes",
        hint: "write `\\\\` for a backslash, or use single quotes, which know no escapes")
    },
    Rule(problem: "found undefined tag handle") { _ in
      Advice("the tag's handle is not defined", hint: "remove the tag")
    },
    Rule(problem: "did not find expected <document start>") { _ in
      Advice("expected a new document", hint: "begin it with a line of `---`")
    },
    Rule(problem: "did not find expected alphabetic or numeric character") { _ in
      Advice(
        "`*` and `&` begin the name of an alias or anchor",
        hint: "put text that begins with `*` or `&` in quotes", isAboutStart: true)
    },
  ]

  private static let tab = Advice(
    "a tab cannot indent: YAML is indented by blanks", hint: "replace the tab by blanks")

  private var invalidUTF8: Advice {
    Advice("the file is not valid UTF-8 here", hint: "save the file as UTF-8")
  }

  private var byteHere: UInt8? {
    guard let source = place.source,
      let offset = source.offset(line: place.line, column: place.column),
      offset < source.text.count
    else { return nil }
    return source.text[offset]
  }

  private var controlCharacter: Advice {
    switch byteHere {
    case 0:
      Advice(
        "a NUL byte: this is not a text file",
        hint: "a file in UTF-16 must begin with its byte order mark")
    case let byte?: Advice("a control character (code \(byte)) is not allowed", hint: "remove it")
    case nil: Advice("a control character is not allowed", hint: "remove it")
    }
  }

  private var strangeCharacter: Advice? {
    guard let byte = byteHere else { return nil }
    if byte == UInt8(ascii: "\t") { return Self.tab }
    let character = Character(Unicode.Scalar(byte))
    return Advice(
      "a value cannot begin with `\(character)` outside quotes", hint: "put the value in quotes")
  }

  /// The text on the line before the place of the error.
  private var textBefore: String {
    String((place.excerpt ?? "").unicodeScalars.prefix(max(0, place.column - 1)))
  }

  /// Inside of brackets, the braces of `${V}` are a map of YAML unless quoted.
  private var hintForBraces: String? {
    textBefore.contains("$") && place.excerpt?.contains("${") == true
      ? "inside of `[…]` and `{…}`, put a value with `${…}` in quotes" : nil
  }

  private var unexpectedColon: Advice {
    if textBefore.contains(": ") {
      return Advice(
        "a value that contains `: ` needs quotes", hint: "put the whole value in quotes")
    }
    var advice = Advice(
      "a key cannot stand here",
      hint: missingBlank
        ?? "end the line above with `:`, or align this line with the keys it belongs to")
    let indentation = textBefore.unicodeScalars.prefix { $0 == " " }.count
    advice.place = Mark(source: place.source, line: place.line, column: indentation + 1)
    return advice
  }

  /// `image:nginx` in the line above is not a key but a text.
  private var missingBlank: String? {
    guard let line = place.source?.excerpt(line: place.line - 1) else { return nil }
    let text = String(line.drop { $0 == " " })
    guard let colon = text.firstIndex(of: ":"), !text.contains(": "), !text.contains("#"),
      text[text.index(after: colon)...].contains(where: { $0 != " " })
    else { return nil }
    let value = text[text.index(after: colon)...]
    return "put a blank behind the colon in the line above: `\(text[..<colon]): \(value)`"
  }

  /// A quote of a line above that is only closed by one that should begin a text.
  private var openQuote: Advice? {
    guard let source = place.source, let quote = textBefore.last, quote == "\"" || quote == "'"
    else { return nil }
    for line in stride(from: place.line - 1, through: max(1, place.line - 50), by: -1) {
      let text = Array((source.excerpt(line: line) ?? "").unicodeScalars.map(Character.init))
      guard text.count(where: { $0 == quote }) % 2 == 1,
        let position = text.lastIndex(of: quote)
      else { continue }
      var advice = Advice("this quote is not closed in its line")
      advice.place = Mark(source: source, line: line, column: position + 1)
      let end = Mark(source: source, line: place.line, column: max(1, place.column - 1))
      advice.note = end.note("the text goes on to this quote")
      return advice
    }
    return nil
  }

  private var isBehindText: Bool { textBefore.contains { $0 != " " && $0 != "\t" } }

  private var misplacedLine: Advice {
    if isBehindText {
      if let openQuote { return openQuote }
      return Advice(
        "text after the end of a value", hint: "put the whole value in quotes, once around")
    }
    if let advice = itemInMap { return advice }
    return Advice(
      "the line does not fit the map it stands in",
      hint: start.map { "the keys of that map begin in column \($0.column)" },
      startNote: "the map begins here")
  }

  /// The text of the line from its first character on.
  private var lineText: String { String((place.excerpt ?? "").drop { $0 == " " }) }

  /// A list item among the keys of a map, or one of a list above that is indented less.
  private var itemInMap: Advice? {
    guard lineText.hasPrefix("-") else { return nil }
    let item = String(lineText.dropFirst().drop { $0 == " " })
    if place.column != start?.column, let column = columnOfItemsAbove, column != place.column {
      return Advice(
        "this list item stands in column \(place.column), those above it in column \(column)",
        hint: "let its `-` begin in column \(column) too")
    }
    let entry = LineMistakes.entry(item)
    return Advice(
      "a list item stands among the keys of a map",
      hint: "write `\(entry)`, or begin every line of this map with `- `",
      startNote: "the map begins here")
  }

  /// The column of the last list item above the line.
  private var columnOfItemsAbove: Int? {
    for line in stride(from: place.line - 1, through: max(1, place.line - 50), by: -1) {
      let text = place.source?.excerpt(line: line) ?? ""
      let indentation = text.prefix { $0 == " " }.count
      if text.dropFirst(indentation).hasPrefix("- ") { return indentation + 1 }
    }
    return nil
  }

  /// A key among the items of a list, or an item that is indented further than the others.
  private var strangerInList: Advice? {
    guard let start else { return nil }
    if lineText.hasPrefix("-") {
      return Advice(
        "this list item stands in column \(place.column), those of its list in column "
          + "\(start.column)",
        hint: "let its `-` begin in column \(start.column) too", startNote: "the list begins here")
    }
    guard place.column == start.column else { return nil }
    let usesEquals = (start.excerpt ?? "").contains("=")
    return Advice(
      "a key stands among the items of a list",
      hint: "write `- \(usesEquals ? LineMistakes.assignment(lineText) : lineText)`, or remove the "
        + "dashes of the others",
      startNote: "the list begins here")
  }

  private var misplacedItem: Advice {
    if isBehindText {
      return Advice("text after the end of a list item", hint: "put the whole item in quotes")
    }
    if let advice = strangerInList { return advice }
    return Advice(
      "expected another list item",
      hint: start.map { "the items of that list begin with `-` in column \($0.column)" },
      startNote: "the list begins here")
  }
}
