import YAML

/// A variable that a model refers to, for `config --variables`.
package struct TemplateVariable: Sendable, Hashable {
  /// The variable's name.
  package var name: String
  /// True when a place refuses to do without it.
  package var isRequired = false
  /// The default of the first place that gives one; empty when none does.
  package var defaultValue = ""
  /// What stands in its place when it is set, from the first place that gives one.
  package var alternateValue = ""

  /// Collects the variables of a document that was not interpolated, sorted by name.
  ///
  /// A variable is required if one place requires it. Operands are searched too.
  package static func all(in document: Node) -> [TemplateVariable] {
    var collector = VariableCollector()
    collector.visit(document)
    return collector.variables.values.sorted { $0.name < $1.name }
  }
}

private struct VariableCollector {
  private(set) var variables: [String: TemplateVariable] = [:]

  /// Of longer operands only the beginning is shown: nested ones would add up to the square of
  /// the text.
  private static let maximumOperand = 1024

  mutating func visit(_ node: Node) {
    switch node.value {
    case .string(let text): if Template.mayContainVariable(text) { visit(text) }
    case .sequence(let elements): elements.forEach { visit($0) }
    case .mapping(let mapping): mapping.entries.forEach { visit($0.value) }
    case .null, .bool, .integer, .number: break
    }
  }

  private mutating func visit(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var lexer = TemplateLexer(bytes: bytes)
      var open: [(name: String, operation: TemplateOperation, start: Int)] = []
      while true {
        switch lexer.next() {
        case .text: break
        case .variable(let name, _): add(TemplateVariable(name: name))
        case .open(let name, let operation): open.append((name, operation, lexer.position))
        case .close:
          guard let form = open.popLast() else { break }
          let operand = bytes[form.start..<lexer.tokenStart].prefix(Self.maximumOperand)
          add(form.name, form.operation, String(decoding: operand, as: UTF8.self))
        case .invalid, .end: return
        }
      }
    }
  }

  private mutating func add(_ name: String, _ operation: TemplateOperation, _ operand: String) {
    var variable = TemplateVariable(name: name)
    switch operation {
    case .defaultIfUnset, .defaultIfEmpty: variable.defaultValue = operand
    case .replaceIfSet, .replaceIfFilled: variable.alternateValue = operand
    case .requireSet, .requireFilled: variable.isRequired = true
    }
    add(variable)
  }

  private mutating func add(_ new: TemplateVariable) {
    var known = variables[new.name] ?? new
    known.isRequired = known.isRequired || new.isRequired
    if known.defaultValue.isEmpty { known.defaultValue = new.defaultValue }
    if known.alternateValue.isEmpty { known.alternateValue = new.alternateValue }
    variables[new.name] = known
  }
}
