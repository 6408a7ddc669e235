import Model

/// One word or mark inside `{{` and `}}`, or the text between actions.
enum TemplateToken: Equatable {
  case text(String)
  /// `}}`
  case close
  /// A blank; it separates arguments, and a field from what it is not a field of.
  case blank
  case field(String)
  case variable(String)
  case word(String)
  case string(String)
  case integer(Int64)
  case number(Double)
  /// `(`, `)`, `|`, `,`, `=`, `:=` and a `.` that stands alone.
  case mark(String)
}

/// Splits a template into tokens. Source: Go, text/template/parse, lex.go.
struct TemplateLexer {
  private var rest: Substring
  private var tokens: [TemplateToken] = []
  private var depth = 0

  /// All tokens of a template. In the text, and there alone, `\t` and `\n` are a tab and a newline
  /// where `unescaping` is set, as in Docker's listings.
  static func tokens(_ text: String, unescaping: Bool) throws(TemplateError) -> [TemplateToken] {
    var lexer = TemplateLexer(rest: text[...])
    try lexer.readAll(unescaping: unescaping)
    return lexer.tokens
  }

  private init(rest: Substring) { self.rest = rest }

  private mutating func readAll(unescaping: Bool) throws(TemplateError) {
    var trims = false
    while !rest.isEmpty {
      let open = rest.firstRange(of: "{{")
      var text = rest[..<(open?.lowerBound ?? rest.endIndex)]
      rest = open.map { rest[$0.upperBound...] } ?? rest[rest.endIndex...]
      if trims { text = text.drop(while: Self.isBlank) }
      trims = false
      if open != nil, startsTrimmed {
        while text.last.map(Self.isBlank) == true { text.removeLast() }
        rest.removeFirst()
      }
      if !text.isEmpty {
        let shown = unescaping ? Self.unescaped(String(text)) : String(text)
        tokens.append(.text(shown))
      }
      if open != nil { trims = try readAction() }
    }
  }

  /// `{{- `: a minus and a blank.
  private var startsTrimmed: Bool {
    rest.first == "-" && rest.dropFirst().first.map(Self.isBlank) == true
  }

  private static func unescaped(_ text: String) -> String {
    text.replacing("\\t", with: "\t").replacing("\\n", with: "\n")
  }

  private static func isBlank(_ character: Character) -> Bool {
    [" ", "\t", "\r", "\n", "\r\n"].contains(character)
  }

  /// Reads to the end of an action; true when the blanks behind it are to go.
  private mutating func readAction() throws(TemplateError) -> Bool {
    if let end = try comment() { return end }
    depth = 0
    while true {
      if let trims = closes() {
        guard depth == 0 else { throw TemplateError("unclosed left paren") }
        if tokens.last == .blank { tokens.removeLast() }
        tokens.append(.close)
        return trims
      }
      guard let first = rest.first else { throw TemplateError("unclosed action") }
      if Self.isBlank(first) {
        rest = rest.drop(while: Self.isBlank)
        if case .text? = tokens.last { continue }
        if let last = tokens.last, last != .close, last != .blank { tokens.append(.blank) }
      } else {
        tokens.append(try token(first))
      }
    }
  }

  /// Reads `}}` or ` -}}`; true for the latter, nil when neither is next.
  private mutating func closes() -> Bool? {
    if rest.hasPrefix("}}") {
      rest.removeFirst(2)
      return false
    }
    let behind = rest.drop(while: Self.isBlank)
    guard behind.startIndex != rest.startIndex, behind.hasPrefix("-}}") else { return nil }
    rest = behind.dropFirst(3)
    return true
  }

  /// Reads a comment, which is the only thing in its action. Nil when there is none.
  private mutating func comment() throws(TemplateError) -> Bool? {
    let start = rest.drop(while: Self.isBlank)
    guard start.hasPrefix("/*") else { return nil }
    guard let end = start.dropFirst(2).firstRange(of: "*/") else {
      throw TemplateError("unclosed comment")
    }
    rest = start[end.upperBound...]
    guard let trims = closes() else { throw TemplateError("comment ends before closing delimiter") }
    return trims
  }

  private mutating func token(_ first: Character) throws(TemplateError) -> TemplateToken {
    switch first {
    case "\"": return .string(try TemplateLiteral.quoted(&rest))
    case "`": return .string(try TemplateLiteral.raw(&rest))
    case "'": return .integer(try TemplateLiteral.character(&rest))
    case "(", ")": return try parenthesis(first)
    case "|", ",", "=":
      rest.removeFirst()
      return .mark(String(first))
    case ":":
      guard rest.hasPrefix(":=") else { throw TemplateError("expected :=") }
      rest.removeFirst(2)
      return .mark(":=")
    case "$": return .variable(name())
    case "." where !(rest.dropFirst().first?.isASCIIDigit ?? false):
      let name = name()
      return name.isEmpty ? .mark(".") : .field(name)
    case ".", "+", "-", "0"..."9": return try TemplateLiteral.number(&rest)
    default:
      guard Self.isNameCharacter(first) else {
        throw TemplateError("unexpected \"\(first)\" in command")
      }
      return .word(name(skipping: 0))
    }
  }

  private mutating func parenthesis(_ character: Character) throws(TemplateError) -> TemplateToken {
    rest.removeFirst()
    depth += character == "(" ? 1 : -1
    guard depth >= 0 else { throw TemplateError("unexpected right paren") }
    return .mark(String(character))
  }

  private mutating func name(skipping: Int = 1) -> String {
    rest.removeFirst(skipping)
    let name = rest.prefix(while: Self.isNameCharacter)
    rest = rest[name.endIndex...]
    return String(name)
  }

  private static func isNameCharacter(_ character: Character) -> Bool {
    character == "_" || character.isLetter || character.isNumber
  }
}

extension Character {
  /// True for 0 to 9.
  var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
