import Model

/// A parsed template with those that it defines.
struct ParsedTemplate: Sendable {
  /// The nodes of the template itself.
  var nodes: [TemplateNode]
  /// What `define` and `block` name.
  var definitions: [String: [TemplateNode]]
}

/// Reads a template's tokens into nodes. Source: Go, text/template/parse, parse.go.
struct TemplateParser {
  private var tokens: [TemplateToken]
  private var position = 0
  private var definitions: [String: [TemplateNode]] = [:]
  /// The variables that are known here; the last are the innermost.
  private var variables = [""]
  private var loops = 0

  /// What closes a list of nodes.
  private enum Ending { case end, otherwise, text }

  /// Parses a whole template.
  static func parse(_ text: String, unescaping: Bool) throws(TemplateError) -> ParsedTemplate {
    var parser = TemplateParser(
      tokens: try TemplateLexer.tokens(text, unescaping: unescaping))
    let (nodes, ending) = try parser.nodes(isTop: true)
    guard ending == .text else {
      throw TemplateError("unexpected {{\(ending == .end ? "end" : "else")}}")
    }
    return ParsedTemplate(nodes: nodes, definitions: parser.definitions)
  }

  private init(tokens: [TemplateToken]) { self.tokens = tokens }

  private var next: TemplateToken? { position < tokens.count ? tokens[position] : nil }

  private mutating func take(_ token: TemplateToken) -> Bool {
    guard next == token else { return false }
    position += 1
    return true
  }

  private mutating func skipBlank() { _ = take(.blank) }

  private mutating func expectClose(_ context: String) throws(TemplateError) {
    skipBlank()
    guard take(.close) else { throw TemplateError("unexpected text in \(context)") }
  }

  /// Parses until an `end` or `else`, of which only the word was read.
  private mutating func nodes(
    isTop: Bool = false
  ) throws(TemplateError) -> ([TemplateNode], Ending) {
    var nodes: [TemplateNode] = []
    while let token = next {
      if case .text(let text) = token {
        position += 1
        nodes.append(.text(text))
        continue
      }
      if take(.word("end")) {
        try expectClose("end")
        return (nodes, .end)
      }
      if take(.word("else")) { return (nodes, .otherwise) }
      if let node = try action(isTop: isTop) { nodes.append(node) }
    }
    return (nodes, .text)
  }

  private mutating func action(isTop: Bool) throws(TemplateError) -> TemplateNode? {
    if case .word(let word)? = next {
      position += 1
      switch word {
      case "if": return .condition(try branch("if"))
      case "with": return .with(try branch("with"))
      case "range": return .loop(try branch("range"))
      case "template": return try invocation()
      case "block": return try block()
      case "define":
        guard isTop else { throw TemplateError("unexpected {{define}}") }
        try definition()
        return nil
      case "break", "continue":
        try expectClose(word)
        guard loops > 0 else { throw TemplateError("{{\(word)}} outside {{range}}") }
        return word == "break" ? .leaveLoop : .nextRound
      default: position -= 1
      }
    }
    let pipeline = try pipeline("command")
    try expectClose("command")
    return .action(pipeline)
  }

  /// The rest of an `if`, `with` or `range`, to its `end`.
  private mutating func branch(_ word: String) throws(TemplateError) -> TemplateBranch {
    let outer = variables.count
    defer { variables.removeLast(variables.count - outer) }
    skipBlank()
    let pipeline = try pipeline(word)
    try expectClose(word)
    if word == "range" { loops += 1 }
    let (body, ending) = try nodes()
    if word == "range" { loops -= 1 }
    switch ending {
    case .text: throw TemplateError("{{end}} is missing")
    case .end: return TemplateBranch(pipeline: pipeline, body: body, otherwise: [])
    case .otherwise: break
    }
    skipBlank()
    // `else if x` is an `if` inside the `else`, closed by the same `end`.
    if word != "range", take(.word(word)) {
      let inner = try branch(word)
      let node: TemplateNode = word == "if" ? .condition(inner) : .with(inner)
      return TemplateBranch(pipeline: pipeline, body: body, otherwise: [node])
    }
    try expectClose("else")
    let (otherwise, last) = try nodes()
    guard last == .end else {
      throw TemplateError(last == .text ? "{{end}} is missing" : "expected end; found {{else}}")
    }
    return TemplateBranch(pipeline: pipeline, body: body, otherwise: otherwise)
  }

  private mutating func templateName(_ context: String) throws(TemplateError) -> String {
    skipBlank()
    guard case .string(let name)? = next else {
      throw TemplateError("{{\(context)}} needs a name in quotes")
    }
    position += 1
    skipBlank()
    return name
  }

  private mutating func invocation() throws(TemplateError) -> TemplateNode {
    let name = try templateName("template")
    if take(.close) { return .invocation(name: name, nil) }
    let pipeline = try pipeline("template clause")
    try expectClose("template clause")
    return .invocation(name: name, pipeline)
  }

  private mutating func block() throws(TemplateError) -> TemplateNode {
    let name = try templateName("block")
    let pipeline = try pipeline("block clause")
    try expectClose("block clause")
    definitions[name] = try definedNodes()
    return .invocation(name: name, pipeline)
  }

  private mutating func definition() throws(TemplateError) {
    let name = try templateName("define")
    try expectClose("define clause")
    definitions[name] = try definedNodes()
  }

  /// The nodes of a template of its own, which knows none of the variables and loops around it.
  private mutating func definedNodes() throws(TemplateError) -> [TemplateNode] {
    let (outerVariables, outerLoops) = (variables, loops)
    (variables, loops) = ([""], 0)
    defer { (variables, loops) = (outerVariables, outerLoops) }
    let (nodes, ending) = try nodes()
    guard ending == .end else { throw TemplateError("{{end}} is missing") }
    return nodes
  }

  /// Parses commands joined by `|`, up to `}}` or `)`.
  private mutating func pipeline(_ context: String) throws(TemplateError) -> TemplatePipeline {
    var pipeline = TemplatePipeline()
    try declarations(of: &pipeline, context)
    repeat {
      skipBlank()
      pipeline.commands.append(try command(context))
    } while take(.mark("|"))
    for command in pipeline.commands.dropFirst() {
      guard case .literal = command[0] else { continue }
      throw TemplateError("a constant cannot take the result of a pipeline")
    }
    // A variable is known behind its declaration, not in it.
    if !pipeline.isAssignment { variables += pipeline.variables }
    return pipeline
  }

  /// Reads `$x :=`, `$x =`, and `$i, $x :=` of a range.
  private mutating func declarations(
    of pipeline: inout TemplatePipeline, _ context: String
  ) throws(TemplateError) {
    let start = position
    var names: [String] = []
    while case .variable(let name)? = next {
      position += 1
      skipBlank()
      names.append(name)
      guard take(.mark(",")) else { break }
      skipBlank()
    }
    let assigns = !names.isEmpty && take(.mark("="))
    guard assigns || !names.isEmpty && take(.mark(":=")) else {
      position = start
      return
    }
    guard names.count == 1 || names.count == 2 && context == "range" else {
      throw TemplateError("too many declarations in \(context)")
    }
    if assigns { for name in names { try requireVariable(name) } }
    pipeline.variables = names
    pipeline.isAssignment = assigns
  }

  private func requireVariable(_ name: String) throws(TemplateError) {
    guard variables.contains(name) else { throw TemplateError("undefined variable \"$\(name)\"") }
  }

  private mutating func command(_ context: String) throws(TemplateError) -> [TemplateTerm] {
    var terms: [TemplateTerm] = []
    while let token = next, token != .close, token != .mark(")"), token != .mark("|") {
      terms.append(try operand(context))
      guard take(.blank) || [.close, .mark(")"), .mark("|")].contains(next) else {
        throw TemplateError("unexpected text in operand")
      }
    }
    if terms.isEmpty { throw TemplateError("missing value for \(context)") }
    return terms
  }

  private mutating func operand(_ context: String) throws(TemplateError) -> TemplateTerm {
    let term = try term(context)
    let path = path()
    guard !path.isEmpty else { return term }
    switch term {
    case .field(let start): return .field(start + path)
    case .variable(let name, let start): return .variable(name, start + path)
    case .literal, .none, .dot: throw TemplateError("unexpected . after a constant")
    default: return .chain(term, path)
    }
  }

  private mutating func path() -> [String] {
    var path: [String] = []
    while case .field(let name)? = next {
      position += 1
      path.append(name)
    }
    return path
  }

  private mutating func term(_ context: String) throws(TemplateError) -> TemplateTerm {
    guard let token = next else { throw TemplateError("unclosed action") }
    position += 1
    switch token {
    case .field(let name): return .field([name])
    case .variable(let name):
      try requireVariable(name)
      return .variable(name, [])
    case .string(let text): return .literal(.string(text))
    case .integer(let number): return .literal(.integer(number))
    case .number(let number): return .literal(.number(number))
    case .mark("."): return .dot
    case .mark("("):
      let inner = try pipeline("parenthesized pipeline")
      skipBlank()
      guard take(.mark(")")) else { throw TemplateError("unclosed left paren") }
      return .group(inner)
    case .word("true"), .word("false"): return .literal(.bool(token == .word("true")))
    case .word("nil"): return .none
    case .word(let name):
      try TemplateFunctions.require(name)
      return .function(name)
    case .mark(let mark): throw TemplateError("unexpected \"\(mark)\" in \(context)")
    case .text, .close, .blank: throw TemplateError("missing value for \(context)")
    }
  }
}

extension StringProtocol {
  /// The text without blanks at both ends.
  var trimmed: String {
    var part = self[...]
    while part.first?.isWhitespace == true { part = part.dropFirst() }
    while part.last?.isWhitespace == true { part = part.dropLast() }
    return String(part)
  }
}
