import Model

/// Understands one raw instruction.
struct InstructionParser {
  let raw: RawInstruction
  let text: DockerfileText
  let escape: UInt8
  private(set) var warnings: [CheckedWarning] = []
  private(set) var flags: [Flag] = []
  /// Where the arguments after the flags begin.
  private(set) var offset: Int

  /// `--name=value` before the arguments.
  struct Flag {
    var name: String
    var value: String?
    var location: SourceLocation
  }

  init(raw: RawInstruction, text: DockerfileText, escape: UInt8) {
    self.raw = raw
    self.text = text
    self.escape = escape
    offset = raw.argumentsOffset
  }

  private typealias Parse =
    @Sendable (inout InstructionParser) throws(Diagnostic) -> Instruction.Kind

  private static let parsers: [String: Parse] = [
    "FROM": { parser throws(Diagnostic) in try parser.parseFrom() },
    "RUN": { parser throws(Diagnostic) in try parser.parseRun() },
    "COPY": { parser throws(Diagnostic) in try parser.parseCopy(isAdd: false) },
    "ADD": { parser throws(Diagnostic) in try parser.parseCopy(isAdd: true) },
    "ENV": { parser throws(Diagnostic) in .environment(try parser.assignments()) },
    "LABEL": { parser throws(Diagnostic) in .label(try parser.assignments()) },
    "ARG": { parser throws(Diagnostic) in .argument(try parser.parseArguments()) },
    "WORKDIR": { parser throws(Diagnostic) in .workingDirectory(try parser.oneWord()) },
    "USER": { parser throws(Diagnostic) in .user(try parser.oneWord()) },
    "EXPOSE": { parser throws(Diagnostic) in .expose(try parser.plainWords()) },
    "VOLUME": { parser throws(Diagnostic) in .volume(try parser.wordsOrArray()) },
    "CMD": { parser throws(Diagnostic) in .command(try parser.commandForm()) },
    "ENTRYPOINT": { parser throws(Diagnostic) in .entrypoint(try parser.commandForm()) },
    "HEALTHCHECK": { parser throws(Diagnostic) in try parser.parseHealthcheck() },
    "STOPSIGNAL": { parser throws(Diagnostic) in .stopSignal(try parser.oneWord()) },
    "SHELL": { parser throws(Diagnostic) in try parser.parseShell() },
    "ONBUILD": { parser throws(Diagnostic) in try parser.parseOnBuild() },
    "MAINTAINER": { parser throws(Diagnostic) in try parser.parseMaintainer() },
  ]

  mutating func parse() throws(Diagnostic) -> Instruction {
    guard let parse = Self.parsers[raw.keyword] else { throw unknownInstruction() }
    if Self.flaggedKeywords.contains(raw.keyword) { try readFlags() }
    let kind = try parse(&self)
    let source = String(decoding: raw.line.bytes, as: UTF8.self)
    return Instruction(
      kind: kind, source: source, location: location(0), lastLine: raw.lastLine)
  }

  private func unknownInstruction() -> Diagnostic {
    if let space = raw.keyword.unicodeScalars.first(where: \.properties.isWhitespace) {
      let code = String(space.value, radix: 16, uppercase: true)
      return text.error(
        "unknown instruction '\(raw.keyword)'", at: location(0),
        hint: "a space of another kind stands there, U+"
          + String(repeating: "0", count: max(0, 4 - code.count)) + code
          + "; write a plain one")
    }
    let near = Suggestion.nearest(to: raw.keyword, in: Self.parsers.keys.sorted())
    return text.error(
      "unknown instruction '\(raw.keyword)'", at: location(0),
      hint: near.map { "did you mean \($0)?" }
        ?? "an instruction that goes on in the next line ends with \(escapeText)")
  }

  private static let flaggedKeywords: Set<String> = ["FROM", "RUN", "COPY", "ADD", "HEALTHCHECK"]

  private mutating func readFlags() throws(Diagnostic) {
    for word in DockerfileWords.split(raw.line.bytes, from: offset, escape: escape) {
      guard word.bytes.starts(with: "--".utf8) else {
        offset = word.offset
        return
      }
      offset = word.offset + word.bytes.count
      if word.bytes.count == 2 { break }
      let parts = word.text.dropFirst(2).parts("=", maxSplits: 1, omittingEmpty: false)
      flags.append(
        Flag(
          name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : nil,
          location: location(word.offset)))
    }
    offset = Byte.trimmingStart(raw.line.bytes[offset...]).startIndex
  }

  /// Leaves out the first word of the arguments.
  mutating func skipWord() {
    let bytes = raw.line.bytes
    while offset < bytes.count, Byte.spaceLength(bytes[offset...]) == 0 { offset += 1 }
    offset = Byte.trimmingStart(bytes[offset...]).startIndex
  }

  // MARK: - Places and messages

  var escapeText: String { String(UnicodeScalar(escape)) }

  func location(_ offset: Int) -> SourceLocation { raw.line.location(of: offset, in: text) }

  func error(_ message: String, at offset: Int? = nil, hint: String? = nil) -> Diagnostic {
    text.error(message, at: location(offset ?? 0), hint: hint)
  }

  mutating func warn(_ message: String, rule: String, hint: String? = nil) {
    warnings.append(
      CheckedWarning(
        rule: rule, diagnostic: text.warning(message, at: location(0), hint: hint)))
  }

  // MARK: - Arguments

  /// The text after the flags.
  var arguments: String {
    String(decoding: raw.line.bytes[min(offset, raw.line.bytes.count)...], as: UTF8.self)
  }

  func require(_ what: String) throws(Diagnostic) {
    guard offset < raw.line.bytes.count else {
      throw error("\(raw.keyword) needs \(what)")
    }
  }

  func word(_ raw: RawWord) -> Word { Word(text: raw.text, location: location(raw.offset)) }

  func plainWords() throws(Diagnostic) -> [Word] {
    try require("at least one argument")
    return DockerfileWords.splitPlain(raw.line.bytes, from: offset).map(word)
  }

  /// WORKDIR, USER and STOPSIGNAL take the rest of the line.
  func oneWord() throws(Diagnostic) -> Word {
    try require("exactly one argument")
    return Word(text: arguments, location: location(offset))
  }

  /// A JSON array of strings, if the arguments are one.
  func jsonArray() -> [String]? {
    guard arguments.trimmed.hasPrefix("["), let json = try? JSON.parse(arguments),
      let elements = json.arrayValue
    else { return nil }
    let texts = elements.compactMap(\.stringValue)
    return texts.count == elements.count ? texts : nil
  }

  func wordsOrArray() throws(Diagnostic) -> [Word] {
    try require("at least one argument")
    guard let texts = jsonArray() else { return try plainWords() }
    guard !texts.isEmpty else { throw error("\(raw.keyword) needs at least one argument") }
    return texts.map { Word(text: $0, location: location(offset)) }
  }

  mutating func commandForm() throws(Diagnostic) -> CommandForm {
    if let texts = jsonArray() { return .exec(texts) }
    if arguments.hasPrefix("["), arguments.trimmed.hasSuffix("]") {
      warn(
        "\(raw.keyword) looks like a JSON array but is none; the shell gets it as text",
        rule: "JSONArgsRecommended",
        hint: "write each argument in double quotes: [\"command\", \"argument\"]")
    }
    return .shell(arguments)
  }
}
