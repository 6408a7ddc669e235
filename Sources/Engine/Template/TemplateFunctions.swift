import Model

/// The functions of Go's templates, and those that Docker adds.
///
/// Source: Go, text/template, funcs.go; docker/cli, templates/templates.go.
enum TemplateFunctions {
  private typealias Function = @Sendable ([TemplateValue]) throws(TemplateError) -> TemplateValue

  /// What a function takes.
  private enum Parameter {
    case any
    case text
    case integer
    case texts
  }

  private struct Entry {
    var parameters: [Parameter]
    /// True when the last parameter may be given any number of times, also none.
    var isVariadic = false
    /// True for Docker's own, which leave the heads of columns as they are.
    var isDockers = false
    var function: Function
  }

  private static let table: [String: Entry] = docker.merging(go) { own, _ in own }

  private static let docker: [String: Entry] = [
    "json": .init(parameters: [.any], isDockers: true) { .string(json($0[0])) },
    "upper": .init(parameters: [.text], isDockers: true) {
      .string(TemplateText.upper(text($0[0])))
    },
    "lower": .init(parameters: [.text], isDockers: true) {
      .string(TemplateText.lower(text($0[0])))
    },
    "title": .init(parameters: [.text], isDockers: true) {
      .string(TemplateText.title(text($0[0])))
    },
    "split": .init(parameters: [.text, .text], isDockers: true) {
      let parts = TemplateText.split(text($0[0]), by: text($0[1]))
      return .list(parts.map(JSON.string), isNil: false)
    },
    "join": .init(parameters: [.texts, .text], isDockers: true) {
      .string($0[0].texts.joined(separator: text($0[1])))
    },
    "truncate": .init(parameters: [.text, .integer], isDockers: true) {
      (values) throws(TemplateError) in
      .string(try TemplateText.truncate(text(values[0]), integer(values[1])))
    },
    "pad": .init(parameters: [.text, .integer, .integer], isDockers: true) {
      (values) throws(TemplateError) in
      .string(try TemplateText.pad(text(values[0]), integer(values[1]), integer(values[2])))
    },
  ]

  private static let go: [String: Entry] = [
    "and": variadic([.any, .any]) { $0[0] }, "or": variadic([.any, .any]) { $0[0] },
    "not": .init(parameters: [.any]) { .bool(!$0[0].isTrue) },
    "len": .init(parameters: [.any]) { (values) throws(TemplateError) in
      .integer(try TemplateIndexing.length(values[0]))
    },
    "index": variadic([.any, .any]) { (values) throws(TemplateError) in
      try TemplateIndexing.index(values)
    },
    "slice": variadic([.any, .any]) { (values) throws(TemplateError) in
      try TemplateIndexing.slice(values)
    },
    "call": variadic([.any, .any]) { (values) throws(TemplateError) in
      throw TemplateError("call of a value that is not a function: \(values[0].typeName)")
    },
    "print": variadic([.any]) { .string(GoFormat.print($0)) },
    "println": variadic([.any]) { .string(GoFormat.printLine($0)) },
    "printf": variadic([.text, .any]) {
      .string(GoFormat.printf(text($0[0]), Array($0.dropFirst())))
    },
    "html": variadic([.any]) { .string(TemplateText.html(escapable($0))) },
    "js": variadic([.any]) { .string(TemplateText.javaScript(escapable($0))) },
    "urlquery": variadic([.any]) { .string(TemplateText.query(escapable($0))) },
    "eq": variadic([.any, .any]) { (values) throws(TemplateError) in
      .bool(try TemplateComparison.equal(values))
    },
    "ne": .init(parameters: [.any, .any]) { (values) throws(TemplateError) in
      .bool(try !TemplateComparison.equal(values))
    },
    "lt": .init(parameters: [.any, .any]) { (values) throws(TemplateError) in
      .bool(try TemplateComparison.less(values[0], values[1]))
    },
    "le": .init(parameters: [.any, .any]) { (values) throws(TemplateError) in
      .bool(try TemplateComparison.lessOrEqual(values))
    },
    "gt": .init(parameters: [.any, .any]) { (values) throws(TemplateError) in
      .bool(try !TemplateComparison.lessOrEqual(values))
    },
    "ge": .init(parameters: [.any, .any]) { (values) throws(TemplateError) in
      .bool(try !TemplateComparison.less(values[0], values[1]))
    },
  ]

  private static func variadic(_ parameters: [Parameter], _ function: @escaping Function) -> Entry {
    Entry(parameters: parameters, isVariadic: true, function: function)
  }

  /// Fails when there is no function of a name.
  static func require(_ name: String) throws(TemplateError) {
    guard table[name] == nil else { return }
    let meant = Suggestion.nearest(to: name, in: table.keys.sorted())
    let hint = meant.map { "; did you mean \"\($0)\"?" } ?? ""
    throw TemplateError("function \"\(name)\" not defined\(hint)")
  }

  /// Calls a function by its name. For the head of a column Docker's functions give back what they
  /// got.
  static func call(
    _ name: String, _ arguments: [TemplateValue], isHeader: Bool
  ) throws(TemplateError) -> TemplateValue {
    try require(name)
    guard let entry = table[name] else { return .missing }
    try check(arguments, for: entry, isHeader && entry.isDockers, name)
    if isHeader, entry.isDockers { return arguments[0] }
    do {
      return try entry.function(arguments)
    } catch {
      throw TemplateError("error calling \(name): \(error)")
    }
  }

  private static func check(
    _ arguments: [TemplateValue], for entry: Entry, _ isHead: Bool, _ name: String
  ) throws(TemplateError) {
    let wanted = entry.parameters.count
    if entry.isVariadic {
      guard arguments.count >= wanted - 1 else {
        throw TemplateError(
          "wrong number of args for \(name): want at least \(wanted - 1) got \(arguments.count)")
      }
    } else if arguments.count != wanted {
      throw TemplateError(
        "wrong number of args for \(name): want \(wanted) got \(arguments.count)")
    }
    for (position, argument) in arguments.enumerated() {
      // The first argument of a head is the head, whatever the value will be.
      if isHead, position == 0 { continue }
      let parameter = entry.parameters[min(position, wanted - 1)]
      guard !accepts(parameter, argument) else { continue }
      throw TemplateError(
        "wrong type of an argument of \(name): expected \(typeName(parameter)), "
          + "got \(argument.typeName)")
    }
  }

  private static func accepts(_ parameter: Parameter, _ value: TemplateValue) -> Bool {
    switch (parameter, value) {
    case (.any, _), (.text, .string), (.integer, .integer): true
    case (.texts, .list(let elements, _)): elements.allSatisfy { $0.stringValue != nil }
    default: false
    }
  }

  private static func typeName(_ parameter: Parameter) -> String {
    switch parameter {
    case .any: "interface {}"
    case .text: "string"
    case .integer: "int"
    case .texts: "[]string"
    }
  }

  /// The arguments of `html` and its like as one text.
  private static func escapable(_ values: [TemplateValue]) -> String {
    GoFormat.print(values.map { $0.isNil ? .string("<no value>") : $0 })
  }

  private static func json(_ value: TemplateValue) -> String { value.json.text() }

  private static func text(_ value: TemplateValue) -> String {
    if case .string(let text) = value { text } else { "" }
  }

  private static func integer(_ value: TemplateValue) -> Int {
    if case .integer(let number) = value { Int(number) } else { 0 }
  }
}

extension TemplateValue {
  /// The strings of a list.
  fileprivate var texts: [String] {
    if case .list(let elements, _) = self { elements.compactMap(\.stringValue) } else { [] }
  }
}
