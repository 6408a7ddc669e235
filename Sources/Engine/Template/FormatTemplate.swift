import Model

/// A Go template that renders JSON values, as `--format '{{.Name}}'` asks for.
package struct FormatTemplate: Sendable {
  private let nodes: [TemplateNode]

  /// Parses a template; `\t` and `\n` in the text stand for a tab and a newline, as in Docker.
  package init(_ text: String) throws(TemplateError) {
    let unescaped = text.replacing("\\t", with: "\t").replacing("\\n", with: "\n")
    nodes = try TemplateParser.parse(unescaped)
  }

  /// The text for one value.
  ///
  /// - Parameter fields: the names that the value may have; others are refused, for they are
  ///   mistyped. Nil allows all.
  package func render(_ value: JSON, fields: Set<String>? = nil) throws(TemplateError) -> String {
    var run = TemplateRun(root: value, fields: fields)
    try run.render(nodes, at: value)
    return run.output
  }
}

/// One rendering of a template.
private struct TemplateRun {
  let root: JSON
  let fields: Set<String>?
  var variables: [String: JSON] = [:]
  var output = ""

  init(root: JSON, fields: Set<String>?) {
    self.root = root
    self.fields = fields
  }

  mutating func render(_ nodes: [TemplateNode], at current: JSON) throws(TemplateError) {
    for node in nodes { try render(node, at: current) }
  }

  private mutating func render(_ node: TemplateNode, at current: JSON) throws(TemplateError) {
    switch node {
    case .text(let text): output += text
    case .output(let pipeline): output += try evaluate(pipeline, at: current).templateText
    case .assign(let name, let pipeline): variables[name] = try evaluate(pipeline, at: current)
    case .condition(let pipeline, let then, let otherwise):
      let truth = try evaluate(pipeline, at: current).templateTruth
      try render(truth ? then : otherwise, at: current)
    case .with(let pipeline, let body, let otherwise):
      let value = try evaluate(pipeline, at: current)
      try render(value.templateTruth ? body : otherwise, at: value.templateTruth ? value : current)
    case .loop(let names, let pipeline, let body, let otherwise):
      let entries = Self.entries(try evaluate(pipeline, at: current))
      if entries.isEmpty { return try render(otherwise, at: current) }
      for entry in entries {
        if names.count == 2 { variables[names[0]] = entry.key }
        if let last = names.last { variables[last] = entry.value }
        try render(body, at: entry.value)
      }
    }
  }

  private static func entries(_ value: JSON) -> [(key: JSON, value: JSON)] {
    switch value {
    case .array(let elements):
      elements.enumerated().map { (.integer(Int64($0.offset)), $0.element) }
    case .object(let object):
      object.members.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value) }
    default: []
    }
  }

  private func evaluate(_ pipeline: TemplatePipeline, at current: JSON) throws(TemplateError)
    -> JSON
  {
    var result: JSON?
    for command in pipeline.commands {
      result = try evaluate(command, piped: result, at: current)
    }
    return result ?? .null
  }

  private func evaluate(
    _ command: [TemplateTerm], piped: JSON?, at current: JSON
  ) throws(TemplateError) -> JSON {
    guard let first = command.first else { return piped ?? .null }
    guard case .function(let name) = first else {
      guard command.count == 1, piped == nil else {
        throw TemplateError(description: "a value cannot take arguments")
      }
      return try value(of: first, at: current)
    }
    var arguments: [JSON] = []
    for term in command.dropFirst() { arguments.append(try value(of: term, at: current)) }
    if let piped { arguments.append(piped) }
    return try TemplateFunctions.call(name, arguments)
  }

  private func value(of term: TemplateTerm, at current: JSON) throws(TemplateError) -> JSON {
    switch term {
    case .field(let path):
      if current == root { try check(path) }
      return Self.walk(path, from: current)
    case .variable(let name, let path):
      if name.isEmpty {
        try check(path)
        return Self.walk(path, from: root)
      }
      guard let value = variables[name] else {
        throw TemplateError(description: "undefined variable \"$\(name)\"")
      }
      return Self.walk(path, from: value)
    case .literal(let value): return value
    case .function(let name): return try TemplateFunctions.call(name, [])
    case .group(let pipeline, let path):
      return Self.walk(path, from: try evaluate(pipeline, at: current))
    }
  }

  private func check(_ path: [String]) throws(TemplateError) {
    guard let fields, let name = path.first, !fields.contains(name) else { return }
    let meant = Suggestion.nearest(to: name, in: fields.sorted())
    throw TemplateError(
      description: "there is no field .\(name)" + (meant.map { "; did you mean .\($0)?" } ?? ""))
  }

  private static func walk(_ path: [String], from value: JSON) -> JSON {
    path.reduce(value) { value, key in value[key] ?? .null }
  }
}
