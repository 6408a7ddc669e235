import Model

/// Reads a template's text into nodes.
struct TemplateParser {
  private var parts: [Part]
  private var position = 0

  private enum Part {
    case text(String)
    case action(String)
  }

  /// Parses a whole template.
  static func parse(_ text: String) throws(TemplateError) -> [TemplateNode] {
    var parser = TemplateParser(parts: try split(text))
    let (nodes, ending) = try parser.parseNodes()
    guard ending == nil else { throw TemplateError(description: "unexpected {{\(ending ?? "")}}") }
    return nodes
  }

  private init(parts: [Part]) { self.parts = parts }

  private static func split(_ text: String) throws(TemplateError) -> [Part] {
    var parts: [Part] = []
    var rest = text[...]
    while let open = rest.firstRange(of: "{{") {
      var before = String(rest[..<open.lowerBound])
      rest = rest[open.upperBound...]
      guard let close = rest.firstRange(of: "}}") else {
        throw TemplateError(description: "{{ without }}")
      }
      var action = rest[..<close.lowerBound]
      rest = rest[close.upperBound...]
      if action.hasPrefix("- ") {
        action = action.dropFirst(2)
        while before.last?.isWhitespace == true { before.removeLast() }
      }
      if action.hasSuffix(" -") {
        action = action.dropLast(2)
        rest = rest.drop { $0.isWhitespace }
      }
      if !before.isEmpty { parts.append(.text(before)) }
      let words = action.trimmed
      if !words.hasPrefix("/*") { parts.append(.action(words)) }
    }
    if !rest.isEmpty { parts.append(.text(String(rest))) }
    return parts
  }

  /// Parses until an `end` or `else`, which is returned.
  private mutating func parseNodes() throws(TemplateError) -> ([TemplateNode], String?) {
    var nodes: [TemplateNode] = []
    while position < parts.count {
      let part = parts[position]
      position += 1
      switch part {
      case .text(let text): nodes.append(.text(text))
      case .action(let action):
        if action == "end" || action == "else" || action.hasPrefix("else ") {
          return (nodes, action)
        }
        nodes.append(try parseAction(action))
      }
    }
    return (nodes, nil)
  }

  private mutating func parseAction(_ action: String) throws(TemplateError) -> TemplateNode {
    let word = action.prefix { !$0.isWhitespace }
    let rest = action.dropFirst(word.count).trimmed
    switch word {
    case "if":
      let pipeline = try FormatTemplateLexer.pipeline(rest)
      let (then, otherwise) = try parseBranches()
      return .condition(pipeline, then: then, otherwise: otherwise)
    case "with":
      let pipeline = try FormatTemplateLexer.pipeline(rest)
      let (body, otherwise) = try parseBranches()
      return .with(pipeline, body: body, otherwise: otherwise)
    case "range":
      let (variables, source) = Self.rangeVariables(rest)
      let pipeline = try FormatTemplateLexer.pipeline(source)
      let (body, otherwise) = try parseBranches()
      return .loop(variables: variables, pipeline, body: body, otherwise: otherwise)
    default:
      if action.hasPrefix("$"), let mark = action.firstRange(of: ":=") ?? action.firstRange(of: "=")
      {
        let name = action[action.index(after: action.startIndex)..<mark.lowerBound].trimmed
        return .assign(
          variable: name, try FormatTemplateLexer.pipeline(String(action[mark.upperBound...])))
      }
      return .output(try FormatTemplateLexer.pipeline(action))
    }
  }

  private mutating func parseBranches() throws(TemplateError) -> ([TemplateNode], [TemplateNode]) {
    let (then, ending) = try parseNodes()
    guard let ending else { throw TemplateError(description: "{{end}} is missing") }
    if ending == "end" { return (then, []) }
    if ending == "else" {
      let (otherwise, last) = try parseNodes()
      guard last == "end" else { throw TemplateError(description: "{{end}} is missing") }
      return (then, otherwise)
    }
    // `else if x` is an `if` inside the `else`, closed by the same `end`.
    return (then, [try parseAction(String(ending.dropFirst(5)))])
  }

  private static func rangeVariables(_ text: String) -> ([String], String) {
    guard text.hasPrefix("$"), let mark = text.firstRange(of: ":=") else { return ([], text) }
    let names = text[..<mark.lowerBound].split(separator: ",").map { name in
      String(name.trimmed.dropFirst())
    }
    return (names, String(text[mark.upperBound...]))
  }
}

extension StringProtocol {
  /// The text without blanks at both ends.
  package var trimmed: String {
    var part = self[...]
    while part.first?.isWhitespace == true { part = part.dropFirst() }
    while part.last?.isWhitespace == true { part = part.dropLast() }
    return String(part)
  }
}
