import Model

/// One rendering of a template. Source: Go, text/template, exec.go.
struct TemplateRun {
  let root: TemplateValue
  let definitions: [String: [TemplateNode]]
  /// What `.Label` does; nil where there is no such method.
  let label: (@Sendable (String) -> String)?
  /// True where column heads are made, which Docker's functions leave as they are.
  let isHeader: Bool
  private var variables: [(name: String, value: TemplateValue)]
  private var output = ""
  private var depth = 0

  /// As deep as templates may call themselves.
  private static let maximumDepth = 200

  init(
    root: TemplateValue, definitions: [String: [TemplateNode]],
    label: (@Sendable (String) -> String)?, isHeader: Bool = false
  ) {
    self.root = root
    self.definitions = definitions
    self.label = label
    self.isHeader = isHeader
    variables = [("", root)]
  }

  /// Runs a template on the whole input.
  mutating func output(of nodes: [TemplateNode]) throws(TemplateError) -> String {
    _ = try run(nodes, at: root)
    return output
  }

  /// Where to go on after some nodes.
  private enum Outcome { case next, leaveLoop, nextRound }

  private mutating func run(
    _ nodes: [TemplateNode], at dot: TemplateValue
  ) throws(TemplateError) -> Outcome {
    for node in nodes {
      let outcome = try run(node, at: dot)
      guard outcome == .next else { return outcome }
    }
    return .next
  }

  /// Runs nodes whose variables end with them.
  private mutating func runScoped(
    _ nodes: [TemplateNode], at dot: TemplateValue
  ) throws(TemplateError) -> Outcome {
    let outer = variables.count
    defer { variables.removeLast(variables.count - outer) }
    return try run(nodes, at: dot)
  }

  private mutating func run(
    _ node: TemplateNode, at dot: TemplateValue
  ) throws(TemplateError) -> Outcome {
    let outer = variables.count
    switch node {
    case .text(let text): output += text
    case .action(let pipeline):
      let value = try evaluate(pipeline, at: dot)
      // A variable that an action makes lives on behind it.
      if pipeline.variables.isEmpty { output += GoFormat.shown(value) }
    case .condition(let branch):
      defer { variables.removeLast(variables.count - outer) }
      let isTrue = try evaluate(branch.pipeline, at: dot).isTrue
      return try runScoped(isTrue ? branch.body : branch.otherwise, at: dot)
    case .with(let branch):
      defer { variables.removeLast(variables.count - outer) }
      let value = try evaluate(branch.pipeline, at: dot)
      return try value.isTrue
        ? runScoped(branch.body, at: value) : runScoped(branch.otherwise, at: dot)
    case .loop(let branch):
      defer { variables.removeLast(variables.count - outer) }
      return try loop(branch, at: dot)
    case .invocation(let name, let pipeline):
      try call(
        name,
        with: try pipeline.map { (pipeline) throws(TemplateError) in
          try evaluate(pipeline, at: dot)
        } ?? .missing)
    case .leaveLoop: return .leaveLoop
    case .nextRound: return .nextRound
    }
    return .next
  }

  /// Runs a defined template, which sees no variables but `$`, its own input.
  private mutating func call(
    _ name: String, with value: TemplateValue
  ) throws(TemplateError) {
    guard let nodes = definitions[name] else {
      throw TemplateError("template \"\(name)\" not defined")
    }
    guard depth < Self.maximumDepth else {
      throw TemplateError("template \"\(name)\" calls itself without end")
    }
    let outer = variables
    variables = [("", value)]
    depth += 1
    _ = try run(nodes, at: value)
    depth -= 1
    variables = outer
  }

  private mutating func loop(
    _ branch: TemplateBranch, at dot: TemplateValue
  ) throws(TemplateError) -> Outcome {
    var source = branch.pipeline
    let names = source.variables
    source.variables = []
    let entries = try Self.entries(try evaluate(source, at: dot))
    if entries.isEmpty { return try runScoped(branch.otherwise, at: dot) }
    for entry in entries {
      let outer = variables.count
      defer { variables.removeLast(variables.count - outer) }
      let values = names.count == 2 ? [entry.key, entry.value] : [entry.value]
      for (name, value) in zip(names, values) {
        if source.isAssignment { assign(name, value) } else { variables.append((name, value)) }
      }
      if try run(branch.body, at: entry.value) == .leaveLoop { break }
    }
    return .next
  }

  /// What a `range` goes through: elements in order, a map by its keys, numbers up to one.
  private static func entries(
    _ value: TemplateValue
  ) throws(TemplateError) -> [(key: TemplateValue, value: TemplateValue)] {
    switch value {
    case .list(let elements, _):
      elements.enumerated().map { (.integer(Int64($0.offset)), TemplateValue($0.element)) }
    case .map(let object, _):
      object.sortedMembers.map { (.string($0.key), TemplateValue($0.value)) }
    case .integer(let count) where count <= 1_000_000:
      (0..<max(0, count)).map { (.integer($0), .integer($0)) }
    case .missing: []
    default: throw TemplateError("range can't iterate over \(GoFormat.shown(value))")
    }
  }

  private mutating func assign(_ name: String, _ value: TemplateValue) {
    guard let place = variables.lastIndex(where: { $0.name == name }) else { return }
    variables[place].value = value
  }

  private mutating func evaluate(
    _ pipeline: TemplatePipeline, at dot: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    var result: TemplateValue?
    for command in pipeline.commands {
      result = try evaluate(command, piped: result, at: dot)
    }
    let value = result ?? .missing
    for name in pipeline.variables {
      if pipeline.isAssignment { assign(name, value) } else { variables.append((name, value)) }
    }
    return value
  }

  private mutating func evaluate(
    _ command: [TemplateTerm], piped: TemplateValue?, at dot: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    let rest = command.dropFirst()
    switch command[0] {
    case .function(let name): return try call(name, rest, piped: piped, at: dot)
    case .field(let path) where path == ["Label"] && label != nil && dot == root:
      return try callLabel(rest, piped: piped, at: dot)
    case .variable("", ["Label"]) where label != nil:
      return try callLabel(rest, piped: piped, at: dot)
    case .none: throw TemplateError("nil is not a command")
    default:
      guard rest.isEmpty, piped == nil else {
        throw TemplateError("can't give argument to a value that is not a function")
      }
      return try value(of: command[0], at: dot)
    }
  }

  private mutating func callLabel(
    _ terms: ArraySlice<TemplateTerm>, piped: TemplateValue?, at dot: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    let arguments = try values(of: terms, at: dot) + (piped.map { [$0] } ?? [])
    guard arguments.count == 1, case .string(let key) = arguments[0], let label else {
      throw TemplateError(".Label takes one argument, the label's name in quotes")
    }
    return .string(label(key))
  }

  private mutating func values(
    of terms: ArraySlice<TemplateTerm>, at dot: TemplateValue
  ) throws(TemplateError) -> [TemplateValue] {
    var values: [TemplateValue] = []
    for term in terms { values.append(try value(of: term, at: dot)) }
    return values
  }

  private mutating func call(
    _ name: String, _ terms: ArraySlice<TemplateTerm>, piped: TemplateValue?,
    at dot: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    guard name == "and" || name == "or" else {
      let arguments = try values(of: terms, at: dot) + (piped.map { [$0] } ?? [])
      return try TemplateFunctions.call(name, arguments, isHeader: isHeader)
    }
    // These two look at no more arguments than they need.
    var last: TemplateValue?
    for term in terms {
      let value = try value(of: term, at: dot)
      if value.isTrue == (name == "or") { return value }
      last = value
    }
    guard let result = piped ?? last else {
      throw TemplateError("wrong number of args for \(name): want at least 1 got 0")
    }
    return result
  }

  private mutating func value(
    of term: TemplateTerm, at dot: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    switch term {
    case .dot: return dot
    case .none: return .none
    case .literal(let value): return value
    case .field(let path): return try walk(path, from: dot)
    case .variable(let name, let path):
      let value = variables.last { $0.name == name }?.value
      return try walk(path, from: value ?? .missing)
    case .function(let name):
      return try TemplateFunctions.call(name, [], isHeader: isHeader)
    case .group(let pipeline): return try evaluate(pipeline, at: dot)
    case .chain(let term, let path): return try walk(path, from: try value(of: term, at: dot))
    }
  }

  private func walk(
    _ path: [String], from start: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    var value = start
    for name in path { value = try Self.field(name, of: value) }
    return value
  }

  private static func field(
    _ name: String, of value: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    switch value {
    case .missing: return .missing
    case .none: throw TemplateError("nil pointer evaluating .\(name)")
    case .map(let object, _):
      return object[name].map { TemplateValue($0, named: name) } ?? .missing
    case .structure(let object):
      if let field = object[name] { return TemplateValue(field, named: name) }
      if let field = InspectedShape.optionalField(name, of: object) { return field }
      let meant = Suggestion.nearest(to: name, in: object.keys.sorted())
      throw TemplateError(
        "there is no field .\(name)" + (meant.map { "; did you mean .\($0)?" } ?? ""))
    default: throw TemplateError("can't evaluate field \(name) in type \(value.typeName)")
    }
  }
}

extension JSONObject {
  /// The members by their keys, as Go goes through a map.
  var sortedMembers: [Member] {
    members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }
}
