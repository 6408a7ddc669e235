import YAML

/// Writes a document as YAML, in the style of `docker compose config`: two blanks of indentation,
/// lists indented below their keys, text of several lines as blocks, no line ever folded.
package struct YAMLWriter {
  private var output: [UInt8] = []

  private init() {}

  /// The text of a document, with a line break at its end.
  ///
  /// - Parameter escapesDollars: True doubles every `$`, so that reading the text as a Compose file
  ///   gives the same document again.
  package static func text(of node: Node, escapesDollars: Bool = false) -> String {
    var writer = YAMLWriter()
    // The lines of a block of text must be indented even when it is all there is.
    writer.writeBlock(node, indentation: node.isScalar ? 2 : 0, isFirstLineOpen: true)
    return OutputText.finish(writer.output, escapesDollars: escapesDollars)
  }

  private mutating func append(_ text: String) { output.append(contentsOf: text.utf8) }

  private mutating func startLine(_ indentation: Int) {
    output.append(contentsOf: repeatElement(0x20, count: indentation))
  }

  // MARK: - Collections

  /// Writes a node whose lines begin at `indentation`.
  ///
  /// - Parameter isFirstLineOpen: True when the output stands where the first line's text goes.
  private mutating func writeBlock(_ node: Node, indentation: Int, isFirstLineOpen: Bool) {
    switch node.value {
    case .mapping(let mapping) where !mapping.isEmpty:
      for (position, entry) in mapping.entries.enumerated() {
        if position > 0 || !isFirstLineOpen { startLine(indentation) }
        writeEntry(entry, indentation: indentation)
      }
    case .sequence(let elements) where !elements.isEmpty:
      for (position, element) in elements.enumerated() {
        if position > 0 || !isFirstLineOpen { startLine(indentation) }
        append("- ")
        writeBlock(element, indentation: indentation + 2, isFirstLineOpen: true)
      }
    default: writeScalarLine(node, indentation: indentation)
    }
  }

  private mutating func writeEntry(_ entry: Mapping.Entry, indentation: Int) {
    if isSimpleKey(entry.key) {
      writeString(entry.key, indentation: indentation, isKey: true)
      output.append(UInt8(ascii: ":"))
    } else {
      append("? ")
      writeString(entry.key, indentation: indentation + 2)
      endLine()
      startLine(indentation)
      output.append(UInt8(ascii: ":"))
      if isCollection(entry.value) {
        output.append(0x20)
        return writeBlock(entry.value, indentation: indentation + 2, isFirstLineOpen: true)
      }
    }
    if isCollection(entry.value) {
      endLine()
      writeBlock(entry.value, indentation: indentation + 2, isFirstLineOpen: false)
    } else {
      output.append(0x20)
      writeScalarLine(entry.value, indentation: indentation + 2)
    }
  }

  /// True for a key that is written on one line with its value.
  private func isSimpleKey(_ key: String) -> Bool {
    key.utf8.count <= 128 && !key.unicodeScalars.contains(where: ScalarCharacters.isBreak)
  }

  /// True for what takes lines of its own.
  private func isCollection(_ node: Node) -> Bool {
    switch node.value {
    case .mapping(let mapping): !mapping.isEmpty
    case .sequence(let elements): !elements.isEmpty
    default: false
    }
  }

  // A block may itself end the line, with a line separator of Unicode too.
  private mutating func endLine() {
    if output.last != 0x0A, !endsInSeparator { output.append(0x0A) }
  }

  private var endsInSeparator: Bool {
    let last = output.count - 1
    return last >= 2 && (output[last] == 0xA8 || output[last] == 0xA9)
      && output[last - 1] == 0x80 && output[last - 2] == 0xE2
  }

  // MARK: - Scalars

  private mutating func writeScalarLine(_ node: Node, indentation: Int) {
    switch node.value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): append(String(value))
    case .number(let value): append(NumberText.yaml(value, sourceText: node.sourceText))
    case .string(let value): writeString(value, indentation: indentation)
    case .sequence: append("[]")
    case .mapping: append("{}")
    }
    endLine()
  }

  private mutating func writeString(_ text: String, indentation: Int, isKey: Bool = false) {
    switch ScalarStyle.of(text, isKey: isKey) {
    case .plain: append(text)
    case .singleQuoted: writeSingleQuoted(text, indentation: indentation)
    case .doubleQuoted: writeDoubleQuoted(text)
    case .literal: writeLiteral(text, indentation: indentation)
    }
  }

  /// A line separator of Unicode ends a line here too, and the next is indented.
  private mutating func writeSingleQuoted(_ text: String, indentation: Int) {
    output.append(UInt8(ascii: "'"))
    var isBehindBreak = false
    for scalar in text.unicodeScalars {
      let isBreak = ScalarCharacters.isBreak(scalar)
      if isBehindBreak, !isBreak { startLine(indentation) }
      if scalar == "'" { output.append(UInt8(ascii: "'")) }
      append(String(Character(scalar)))
      isBehindBreak = isBreak
    }
    output.append(UInt8(ascii: "'"))
  }

  private mutating func writeDoubleQuoted(_ text: String) {
    // Behind a byte order mark the encoder that this follows escapes all.
    let escapesAll = text.unicodeScalars.first == "\u{FEFF}"
    output.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars { append(Self.escaped(scalar, escapesAll: escapesAll)) }
    output.append(UInt8(ascii: "\""))
  }

  private static func escaped(_ scalar: Unicode.Scalar, escapesAll: Bool) -> String {
    let isIndicator = scalar == "\"" || scalar == "\\" || ScalarCharacters.isBreak(scalar)
    if ScalarCharacters.isPrintable(scalar), !isIndicator, !escapesAll {
      return String(Character(scalar))
    }
    if let short = shortEscapes[scalar] { return short }
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let (letter, width) =
      scalar.value <= 0xFF ? ("x", 2) : scalar.value <= 0xFFFF ? ("u", 4) : ("U", 8)
    return "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
  }

  private static let shortEscapes: [Unicode.Scalar: String] = [
    "\0": "\\0", "\u{7}": "\\a", "\u{8}": "\\b", "\t": "\\t", "\n": "\\n", "\u{B}": "\\v",
    "\u{C}": "\\f", "\r": "\\r", "\u{1B}": "\\e", "\"": "\\\"", "\\": "\\\\", "\u{85}": "\\N",
    "\u{A0}": "\\_", "\u{2028}": "\\L", "\u{2029}": "\\P",
  ]

  /// Writes text of several lines. Its end shows how many line breaks it ends with.
  private mutating func writeLiteral(_ text: String, indentation: Int) {
    append("|")
    if let first = text.unicodeScalars.first, first == " " || ScalarCharacters.isBreak(first) {
      append("2")
    }
    let breaks = text.unicodeScalars.reversed().prefix(2).prefix(while: ScalarCharacters.isBreak)
    if breaks.isEmpty {
      append("-")
    } else if breaks.count == 2 || text.unicodeScalars.count == 1 {
      append("+")
    }
    output.append(0x0A)
    var isLineStart = true
    for scalar in text.unicodeScalars {
      if ScalarCharacters.isBreak(scalar) {
        append(String(Character(scalar)))
        isLineStart = true
      } else {
        if isLineStart { startLine(indentation) }
        append(String(Character(scalar)))
        isLineStart = false
      }
    }
  }
}
