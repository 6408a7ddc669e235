import Model
import YAML

/// Reads the standard format of env files, byte by byte; wrong lines are reported and skipped.
struct DotEnvParser {
  private(set) var entries: [DotEnv.Entry] = []
  private var found: [Diagnostic] = []
  private var unset = UnsetVariables()
  var messages: [Diagnostic] { found + unset.messages }

  private var marks: MarkCursor
  private let text: [UInt8]
  private let lookup: (String) -> String?
  private var position = 0
  /// What the files before this one, and this one, have set so far.
  private var local: [String: String]
  private var valueLength = 0
  private var errorCount = 0
  private var warningCount = 0

  /// The most that all values may add up to, in bytes: each line can double the one before.
  private static let maximumValueLength = 16 << 20

  init(
    source: SourceFile, earlier: [String: String], lookup: @escaping (String) -> String?
  ) {
    marks = MarkCursor(source: source)
    text = source.text
    local = earlier
    self.lookup = lookup
  }

  mutating func parse() {
    while errorCount < DotEnv.maximumMessages {
      skipToStatement()
      guard position < text.count else { return }
      skipExport()
      parseStatement()
      guard valueLength <= Self.maximumValueLength else {
        return add(DotEnvMessages.tooMuchText(at: marks.mark(at: position)))
      }
    }
  }

  private mutating func add(_ message: Diagnostic) {
    if message.severity == .error { errorCount += 1 } else { warningCount += 1 }
    found.append(message)
  }

  /// False when nobody would read another warning; errors end the reading instead.
  private var wantsWarnings: Bool { warningCount < DotEnv.maximumMessages }

  // MARK: - Statements

  private func byte(at offset: Int) -> UInt8? { offset < text.count ? text[offset] : nil }

  /// The length of the white space at `offset`; 0 when there is none.
  private func blankLength(at offset: Int, includingBreaks: Bool) -> Int {
    switch byte(at: offset) {
    case 0x20, 0x09, 0x0B, 0x0C, 0x0D: 1
    case 0x0A: includingBreaks ? 1 : 0
    // U+0085 and the no-break space.
    case 0xC2: byte(at: offset + 1) == 0x85 || byte(at: offset + 1) == 0xA0 ? 2 : 0
    default: 0
    }
  }

  private mutating func skipBlanks(includingBreaks: Bool) {
    while case let length = blankLength(at: position, includingBreaks: includingBreaks), length > 0
    {
      position += length
    }
  }

  private mutating func skipLine() {
    while let byte = byte(at: position), byte != 0x0A { position += 1 }
  }

  private mutating func skipToStatement() {
    skipBlanks(includingBreaks: true)
    while byte(at: position) == UInt8(ascii: "#") {
      skipLine()
      skipBlanks(includingBreaks: true)
    }
  }

  private mutating func skipExport() {
    let word = Array("export".utf8)
    guard text[position...].starts(with: word),
      blankLength(at: position + word.count, includingBreaks: true) > 0
    else { return }
    position += word.count
    skipBlanks(includingBreaks: true)
  }

  private mutating func parseStatement() {
    let start = position
    guard let name = parseName() else { return skipLine() }
    let mark = marks.mark(at: start)
    guard let separator = byte(at: position), separator != 0x0A else {
      if !name.isEmpty {
        entries.append(DotEnv.Entry(name: name, value: lookup(name), mark: mark))
      }
      return
    }
    position += 1
    guard !name.isEmpty else {
      add(DotEnvMessages.missingName(at: mark))
      return skipLine()
    }
    guard let value = parseValue(of: name) else { return }
    valueLength += value.utf8.count
    local[name] = value
    entries.append(DotEnv.Entry(name: name, value: value, mark: mark))
  }

  /// Reads up to the `=`, the `:` or the end of the line; nil when what stands there is no name.
  private mutating func parseName() -> String? {
    let start = position
    while let byte = byte(at: position),
      ![UInt8(ascii: "="), UInt8(ascii: ":"), 0x0A].contains(byte)
    {
      let length = blankLength(at: position, includingBreaks: false)
      if length > 0 {
        position += length
      } else if let scalar = scalar(at: position), Self.isNameScalar(scalar) {
        position += UTF8.width(scalar)
      } else {
        let character = scalar(at: position).map { String(Character($0)) } ?? "\u{FFFD}"
        add(DotEnvMessages.character(character, at: marks.mark(at: position)))
        return nil
      }
    }
    let name = trimmedEnd(of: String(decoding: text[start..<position], as: UTF8.self))
    guard !name.contains(where: \.isWhitespace) else {
      add(DotEnvMessages.blankInName(name, at: marks.mark(at: start)))
      return nil
    }
    return name
  }

  private func scalar(at offset: Int) -> Unicode.Scalar? {
    var decoder = UTF8()
    var bytes = text[offset..<min(offset + 4, text.count)].makeIterator()
    if case .scalarValue(let scalar) = decoder.decode(&bytes) { return scalar }
    return nil
  }

  private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "_", ".", "-", "[", "]": return true
    default:
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
        .decimalNumber, .letterNumber, .otherNumber:
        return true
      default: return false
      }
    }
  }

  private func trimmedEnd(of text: String) -> String {
    var scalars = text.unicodeScalars[...]
    while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
    return String(scalars)
  }

  // MARK: - Values

  private mutating func parseValue(of name: String) -> String? {
    skipBlanks(includingBreaks: false)
    switch byte(at: position) {
    case UInt8(ascii: "'"): return parseSingleQuoted()
    case UInt8(ascii: "\""): return parseDoubleQuoted(name)
    default: return parseUnquoted(name)
    }
  }

  private mutating func parseUnquoted(_ name: String) -> String? {
    let start = position
    skipLine()
    var end = position
    for offset in start..<position
    where text[offset] == UInt8(ascii: "#") && offset > start && text[offset - 1] == 0x20 {
      end = offset - 1
      break
    }
    let value = trimmedEnd(of: String(decoding: text[start..<end], as: UTF8.self))
    return expand(value, of: name) { start + $0 }
  }

  /// The text between quotes, as a range; the position is then behind the closing one.
  private mutating func readQuoted(_ quote: UInt8) -> Range<Int>? {
    let start = position + 1
    var end = start
    while let byte = byte(at: end), byte != quote { end += byte == UInt8(ascii: "\\") ? 2 : 1 }
    guard end < text.count else {
      add(DotEnvMessages.unclosedQuote(at: marks.mark(at: position)))
      skipLine()
      return nil
    }
    position = end + 1
    skipBlanks(includingBreaks: false)
    if let next = byte(at: position), next != 0x0A, next != UInt8(ascii: "#"), wantsWarnings {
      add(DotEnvMessages.textAfterQuote(at: marks.mark(at: position)))
    }
    return start..<end
  }

  private mutating func parseSingleQuoted() -> String? {
    guard let range = readQuoted(UInt8(ascii: "'")) else { return nil }
    var value: [UInt8] = []
    for offset in range {
      let isEscape =
        text[offset] == UInt8(ascii: "\\") && byte(at: offset + 1) == UInt8(ascii: "'")
      if !isEscape || offset + 1 >= range.upperBound { value.append(text[offset]) }
    }
    return String(decoding: value, as: UTF8.self)
  }

  private mutating func parseDoubleQuoted(_ name: String) -> String? {
    guard let range = readQuoted(UInt8(ascii: "\"")) else { return nil }
    guard text[range].contains(UInt8(ascii: "\\")) else {
      return expand(String(decoding: text[range], as: UTF8.self), of: name) {
        range.lowerBound + $0
      }
    }
    let unescaped = DotEnvEscapes.unescape(text[range])
    return expand(String(decoding: unescaped.bytes, as: UTF8.self), of: name) { offset in
      unescaped.offsets.indices.contains(offset) ? unescaped.offsets[offset] : range.lowerBound
    }
  }

  /// Replaces the variables in a value.
  private mutating func expand(
    _ value: String, of name: String, offset sourceOffset: (Int) -> Int
  ) -> String? {
    guard Template.mayContainVariable(value) else { return value }
    let result = Template.expand(value) { lookup($0) ?? local[$0] }
    for problem in result.problems where !problem.isWarning || wantsWarnings {
      let mark = marks.mark(at: sourceOffset(problem.offset))
      if case .unset(let missing, _) = problem.kind {
        warningCount += 1
        unset.add(
          missing, DotEnvMessages.unset(missing, at: mark, in: name),
          advice: DotEnvMessages.quoting(variable: name, value: value))
      } else {
        add(DotEnvMessages.problem(problem.kind, at: mark, variable: name, value: value))
      }
    }
    return result.problems.allSatisfy(\.isWarning) ? result.text : nil
  }
}
