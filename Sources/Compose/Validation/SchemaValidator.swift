import Model
import YAML

/// Holds a model to a `Schema` and reports everything that does not fit, in the order of the file.
struct SchemaValidator {
  private(set) var report = Report()

  /// What does not fit in a merged model.
  static func validate(_ model: Node, against section: Section) -> [Diagnostic] {
    var validator = SchemaValidator()
    validator.check(model, section, Place(path: NodePath(), key: model.mark))
    return validator.report.messages
  }

  /// What does not fit in a value at a place.
  static func validate(
    _ node: Node, against schema: Schema, at path: NodePath
  ) -> [Diagnostic] {
    var validator = SchemaValidator()
    validator.check(node, schema, Place(path: path, key: node.mark))
    return validator.report.messages
  }

  /// Where a value stands.
  struct Place {
    var path: NodePath
    /// The place of the key that leads to the value; of the value itself in a list.
    var key: Mark

    func child(_ entry: Mapping.Entry) -> Place {
      Place(path: path.appending(entry.key), key: entry.keyMark)
    }
  }

  private mutating func check(_ node: Node, _ schema: Schema, _ place: Place) {
    switch schema {
    case .anything: break
    case .scalar(let scalar): check(node, scalar, place)
    case .list(let element, let unique): checkList(node, element, unique: unique, place)
    case .map(let map): check(node, map, place)
    case .either(let alternatives):
      if let fitting = alternatives.first(where: { $0.takesKind(of: node) }) {
        check(node, fitting, place)
      } else {
        reportKind(node, expected: schema, place)
      }
    }
  }

  private mutating func check(_ node: Node, _ schema: ScalarSchema, _ place: Place) {
    guard schema.takesKind(of: node) else {
      return reportKind(node, expected: .scalar(schema), place)
    }
    if let number = node.numberValue, let range = schema.range,
      number < Double(range.lowerBound) || number > Double(range.upperBound)
    {
      let text = node.scalarText ?? ""
      report.error("\(text) is not \(schema.rangeText)", node, place.path)
    }
    guard let text = node.stringValue else { return }
    if !schema.words.isEmpty, !schema.words.contains(text) {
      reportWord(text, node, schema, place)
    } else if let pattern = schema.pattern, !pattern.matches(text) {
      report.error("\"\(text)\" \(pattern.rule)", node, place.path)
    }
  }

  private mutating func reportWord(
    _ text: String, _ node: Node, _ schema: ScalarSchema, _ place: Place
  ) {
    let words = schema.words.joined(separator: ", ")
    let meant = Suggestion.nearest(to: text, in: schema.words).map { "did you mean `\($0)`?" }
    report.error(
      "\"\(text)\" is not one of \(words)", node, place.path,
      hint: meant ?? ShapeHints.hint(for: node, at: place.path))
  }

  private mutating func checkList(
    _ node: Node, _ element: Schema, unique: Bool, _ place: Place
  ) {
    guard let elements = node.sequence else {
      return reportKind(node, expected: .list(of: element, unique: unique), place)
    }
    for (index, child) in elements.enumerated() {
      check(child, element, Place(path: place.path.appending(index), key: child.mark))
    }
    if unique, elements.count > 1 { checkUnique(elements, place) }
  }

  private mutating func checkUnique(_ elements: [Node], _ place: Place) {
    var first: [Node: Int] = [:]
    for (index, element) in elements.enumerated() {
      guard let earlier = first[element] else {
        first[element] = index
        continue
      }
      let other = elements[earlier]
      let merged = other.mark.source !== element.mark.source
      report.error(
        "\(element.shownValue) is in this list twice", element, place.path.appending(index),
        hint: merged
          ? "lists of several files are joined; `!override` before a list replaces the earlier one"
          : "remove one of them",
        notes: [other.note("the first is here")])
    }
  }

  private mutating func check(_ node: Node, _ section: Section, _ place: Place) {
    guard let mapping = node.mapping else {
      return reportKind(node, expected: .map(section), place)
    }
    if let misplaced = Self.misplacedSection(mapping, section, place) {
      return report.add(misplaced)
    }
    for key in section.required where !mapping.contains(key) {
      report.add(
        place.key.diagnostic(
          .error, "`\(key)` is missing in \(section.name)", path: place.path,
          hint: ValidationHints.missingKey(key, in: section, place.path)))
    }
    for entry in mapping.entries { check(entry, section, mapping, place) }
  }

  private mutating func check(
    _ entry: Mapping.Entry, _ section: Section, _ mapping: Mapping, _ place: Place
  ) {
    // Messages that nobody will see are not worth making.
    guard report.errorCount <= Report.errorLimit else { return }
    let child = place.child(entry)
    if let field = section.field(entry.key) {
      check(entry.value, field.kind.schema, child)
    } else if section.isExtensible, entry.key.hasPrefix("x-") {
      return
    } else if let others = section.others {
      if others.keys?.matches(entry.key) ?? true {
        check(entry.value, others.schema, child)
      } else if !others.ignoresOtherKeys {
        reportKey(entry, rule: others.keys?.rule ?? "", place)
      }
    } else {
      report.add(ValidationHints.unknownKey(entry, in: section, of: mapping, child.path))
    }
  }

  /// The top-level `networks:` and its like, indented so far that they are read as a service.
  private static func misplacedSection(
    _ mapping: Mapping, _ section: Section, _ place: Place
  ) -> Diagnostic? {
    guard section === Section.service, place.path.count == 2,
      case .key(let name) = place.path.lastComponent,
      ["networks", "volumes", "secrets", "configs", "models"].contains(name), !mapping.isEmpty,
      mapping.entries.allSatisfy({ section.field($0.key) == nil && !$0.key.hasPrefix("x-") })
    else { return nil }
    return place.key.diagnostic(
      .error, "`\(name)` is read as a service here, because it stands below `services:`",
      path: place.path,
      hint: "begin the line with `\(name):` in column 1, and what is below it "
        + "accordingly")
  }

  private mutating func reportKey(_ entry: Mapping.Entry, rule: String, _ place: Place) {
    report.add(
      entry.keyMark.diagnostic(
        .error, "the key \"\(entry.key)\" \(rule)", path: place.path))
  }

  private mutating func reportKind(_ node: Node, expected: Schema, _ place: Place) {
    let found = node.isNull ? "nothing" : node.kind
    // A key without a value has no place of its own worth pointing to.
    let mark = node.isNull ? place.key : node.mark
    report.add(
      mark.diagnostic(
        .error, "expected \(expected.expectation), found \(found)", path: place.path,
        hint: ValidationHints.wrongKind(node, expected: expected, place.path)))
  }
}

extension Schema {
  /// True when a node is of the kind that this schema speaks about, whether its parts fit or not.
  func takesKind(of node: Node) -> Bool {
    switch self {
    case .anything: true
    case .scalar(let schema): schema.takesKind(of: node)
    case .list: node.sequence != nil
    case .map: node.mapping != nil
    case .either(let alternatives): alternatives.contains { $0.takesKind(of: node) }
    }
  }

  var isDuration: Bool {
    if case .scalar(let schema) = self, schema.name.hasPrefix("a duration") { true } else { false }
  }

  var isFlag: Bool {
    if case .scalar(let schema) = self { schema.kinds.contains(.boolean) } else { false }
  }

  /// True for a place that takes any text, so that quotes make a number fit.
  var takesText: Bool {
    switch self {
    case .scalar(let schema): schema.kinds.contains(.string) && schema.isText
    case .either(let alternatives): alternatives.contains { $0.takesText }
    case .anything, .list, .map: false
    }
  }

  /// What to call what is expected: "a string or a list of strings".
  var expectation: String {
    switch self {
    case .anything: "anything"
    case .scalar(let schema):
      schema.words.count == 1 ? "`\(schema.words[0])`" : schema.name
    case .list(.scalar(let element), _) where element.kinds == .string: "a list of strings"
    case .list: "a list"
    case .map(let section):
      section.name.hasPrefix("a map") ? section.name : "a map of the keys of \(section.name)"
    case .either(let alternatives):
      alternatives.filter { $0.expectation != "nothing" }.map(\.expectation)
        .joined(separator: " or ")
    }
  }
}

extension ScalarSchema {
  /// True for text, false for what is only written as text at times, such as a number.
  fileprivate var isText: Bool { words.isEmpty && kinds.isDisjoint(with: [.number, .boolean]) }

  func takesKind(of node: Node) -> Bool {
    switch node.value {
    case .null: kinds.contains(.null)
    case .bool: kinds.contains(.boolean)
    case .integer: kinds.contains(.integer)
    // 3.0 is a whole number in JSON schema.
    case .number(let value):
      kinds.contains(.number) || (kinds.contains(.integer) && value == value.rounded())
    case .string: kinds.contains(.string)
    case .sequence, .mapping: false
    }
  }

  /// The range in words.
  var rangeText: String {
    guard let range else { return "" }
    return range.upperBound == Int.max
      ? "\(range.lowerBound) or more" : "between \(range.lowerBound) and \(range.upperBound)"
  }
}

extension Node {
  /// The value as a message shows it.
  var shownValue: String {
    guard let text = scalarText else { return kind == "a list" ? "this list" : "this entry" }
    return stringValue == nil ? text : "\"\(text)\""
  }
}
