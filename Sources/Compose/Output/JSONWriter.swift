import Model
import YAML

/// Writes a document as JSON, in the style of `docker compose config --format json`: two blanks of
/// indentation, keys in the order of their bytes.
package struct JSONWriter {
  private var output: [UInt8] = []

  private init() {}

  /// The text of a document, without a line break at its end.
  ///
  /// - Parameter escapesDollars: True doubles every `$`, so that reading the text as a Compose file
  ///   gives the same document again.
  package static func text(of node: Node, escapesDollars: Bool = false) -> String {
    var writer = JSONWriter()
    writer.write(node, depth: 0)
    return OutputText.finish(writer.output, escapesDollars: escapesDollars)
  }

  private mutating func append(_ text: String) { output.append(contentsOf: text.utf8) }

  private mutating func startLine(_ depth: Int) {
    output.append(0x0A)
    output.append(contentsOf: repeatElement(0x20, count: depth * 2))
  }

  private mutating func write(_ node: Node, depth: Int) {
    switch node.value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): append(String(value))
    case .number(let value): append(NumberText.json(value, sourceText: node.sourceText))
    case .string(let value): writeString(value)
    case .sequence(let elements): writeSequence(elements, depth: depth)
    case .mapping(let mapping): writeMapping(mapping, depth: depth)
    }
  }

  private mutating func writeSequence(_ elements: [Node], depth: Int) {
    guard !elements.isEmpty else { return append("[]") }
    append("[")
    for (position, element) in elements.enumerated() {
      if position > 0 { append(",") }
      startLine(depth + 1)
      write(element, depth: depth + 1)
    }
    startLine(depth)
    append("]")
  }

  private mutating func writeMapping(_ mapping: Mapping, depth: Int) {
    guard !mapping.isEmpty else { return append("{}") }
    append("{")
    let entries = mapping.entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    for (position, entry) in entries.enumerated() {
      if position > 0 { append(",") }
      startLine(depth + 1)
      writeString(entry.key)
      append(": ")
      write(entry.value, depth: depth + 1)
    }
    startLine(depth)
    append("}")
  }

  /// The line separators and the characters of HTML are escaped, so that the text may stand in a
  /// script.
  private mutating func writeString(_ text: String) {
    JSON.appendQuoted(text, to: &output, .escapeHTML)
  }
}
