import Model

/// Reads the words of one action.
struct FormatTemplateLexer {
  private let characters: [Character]
  private var index = 0

  /// Reads a whole pipeline.
  static func pipeline(_ text: String) throws(TemplateError) -> TemplatePipeline {
    var lexer = FormatTemplateLexer(characters: Array(text))
    let pipeline = try lexer.pipeline(closing: nil)
    guard !pipeline.commands.isEmpty else { throw TemplateError(description: "empty {{}}") }
    return pipeline
  }

  private init(characters: [Character]) { self.characters = characters }

  private mutating func pipeline(closing: Character?) throws(TemplateError) -> TemplatePipeline {
    var commands: [[TemplateTerm]] = []
    var terms: [TemplateTerm] = []
    while true {
      while index < characters.count, characters[index].isWhitespace { index += 1 }
      guard index < characters.count else {
        guard closing == nil else { throw TemplateError(description: "a ) is missing") }
        break
      }
      if characters[index] == closing {
        index += 1
        break
      }
      if characters[index] == "|" {
        index += 1
        commands.append(terms)
        terms = []
      } else {
        terms.append(try term())
      }
    }
    if !terms.isEmpty { commands.append(terms) }
    return TemplatePipeline(commands: commands)
  }

  private mutating func term() throws(TemplateError) -> TemplateTerm {
    switch characters[index] {
    case "(":
      index += 1
      let inner = try pipeline(closing: ")")
      return .group(inner, fields())
    case ".":
      let path = fields()
      if path.isEmpty { index += 1 }
      return .field(path)
    case "$":
      index += 1
      let name = word()
      return .variable(name, fields())
    case "\"", "`": return .literal(.string(try quoted()))
    default: return try bare()
    }
  }

  private mutating func bare() throws(TemplateError) -> TemplateTerm {
    let text = word()
    guard !text.isEmpty else {
      throw TemplateError(description: "unexpected \"\(characters[index])\" in {{}}")
    }
    if text == "true" || text == "false" { return .literal(.bool(text == "true")) }
    if text == "nil" { return .literal(.null) }
    if let number = Int64(text) { return .literal(.integer(number)) }
    return .function(text)
  }

  private mutating func fields() -> [String] {
    var path: [String] = []
    while index + 1 < characters.count, characters[index] == ".",
      characters[index + 1].isLetter || characters[index + 1] == "_"
    {
      index += 1
      path.append(word())
    }
    return path
  }

  private mutating func word() -> String {
    let start = index
    while index < characters.count,
      characters[index].isLetter || characters[index].isNumber || characters[index] == "_"
        || characters[index] == "-" && index == start
    {
      index += 1
    }
    return String(characters[start..<index])
  }

  private mutating func quoted() throws(TemplateError) -> String {
    let quote = characters[index]
    var text = ""
    index += 1
    while index < characters.count, characters[index] != quote {
      var character = characters[index]
      if character == "\\", quote == "\"", index + 1 < characters.count {
        index += 1
        character = ["n": "\n", "t": "\t"][characters[index]] ?? characters[index]
      }
      text.append(character)
      index += 1
    }
    guard index < characters.count else {
      throw TemplateError(description: "a quote is not closed")
    }
    index += 1
    return text
  }
}
