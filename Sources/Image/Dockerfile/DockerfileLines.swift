import Model

/// A here-document of RUN, COPY or ADD.
package struct Heredoc: Sendable, Hashable {
  /// The word that ends it; for COPY and ADD also the file's name.
  package var name: String
  /// The lines, each with its newline.
  package var content: String
  /// True when variables in the content are expanded: the name was written without quotes.
  package var expands: Bool
  /// True for `<<-`: tabs at the start of lines are dropped.
  package var dropsTabs: Bool
  /// The descriptor before `<<`, such as `3` in `3<<EOF`; empty means standard input.
  var descriptor: String
}

/// An instruction before its arguments are understood.
struct RawInstruction: Sendable {
  var line: LogicalLine
  /// The keyword in capitals.
  var keyword: String
  /// Where the arguments begin in `line.bytes`.
  var argumentsOffset: Int
  var heredocs: [Heredoc]
  /// The last line in the file that belongs to the instruction.
  var lastLine: Int
}

/// Splits a Dockerfile into parser directives and raw instructions.
struct DockerfileLines {
  let text: DockerfileText
  private(set) var directives: [String: String] = [:]
  private(set) var escape = Byte.backslash
  private(set) var instructions: [RawInstruction] = []
  private(set) var warnings: [CheckedWarning] = []
  private(set) var check: CheckDirective?
  private var next = 0

  init(_ text: DockerfileText) throws(Diagnostic) {
    self.text = text
    try readDirectives()
    while let instruction = try readInstruction() { instructions.append(instruction) }
  }

  // Directives stand before everything else, also before an empty line or another comment.
  private mutating func readDirectives() throws(Diagnostic) {
    while next < text.lines.count, let (name, value) = Self.directive(text.lines[next]) {
      let place = text.location(line: next + 1, byte: 0)
      guard ["syntax", "escape", "check"].contains(name) else { return }
      guard directives[name] == nil else {
        throw text.error("the parser directive '\(name)' is written twice", at: place)
      }
      if name == "escape" {
        guard value == "\\" || value == "`" else {
          throw text.error("the escape character is \\ or `, not '\(value)'", at: place)
        }
        escape = value.utf8.first ?? escape
      }
      if name == "check" { check = try CheckDirective(value, at: place, in: text) }
      directives[name] = value
      next += 1
    }
  }

  private static func directive(_ line: [UInt8]) -> (String, String)? {
    let trimmed = Byte.trimmingStart(line[...])
    guard trimmed.first == Byte.hash, let equals = trimmed.firstIndex(of: Byte.equals) else {
      return nil
    }
    let name = String(decoding: trimmed[(trimmed.startIndex + 1)..<equals], as: UTF8.self)
    let value = String(decoding: trimmed[(equals + 1)...], as: UTF8.self)
    let key = name.trimmed.lowercased()
    guard let first = key.utf8.first, (0x61...0x7A).contains(first),
      key.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }),
      !value.trimmed.isEmpty
    else { return nil }
    return (key, value.trimmed)
  }

  private mutating func readInstruction() throws(Diagnostic) -> RawInstruction? {
    while next < text.lines.count, isSkipped(text.lines[next]) { next += 1 }
    guard next < text.lines.count else { return nil }
    let line = readLogicalLine()
    let end = line.bytes.firstIndex(where: Byte.isBlank) ?? line.bytes.count
    let keyword = String(decoding: line.bytes[..<end], as: UTF8.self).uppercased()
    let arguments = Byte.trimmingStart(line.bytes[end...]).startIndex
    let heredocs = try readHeredocs(line, keyword: keyword, from: arguments)
    return RawInstruction(
      line: line, keyword: keyword, argumentsOffset: arguments, heredocs: heredocs,
      lastLine: next)
  }

  private func isSkipped(_ line: [UInt8]) -> Bool {
    let first = Byte.trimmingStart(line[...]).first
    return first == nil || first == Byte.hash
  }

  private mutating func readLogicalLine() -> LogicalLine {
    var result = LogicalLine()
    while next < text.lines.count {
      let line = text.lines[next]
      next += 1
      if !result.pieces.isEmpty, isSkipped(line) {
        if !line.contains(Byte.hash) {
          warnings.append(
            CheckedWarning(
              rule: "NoEmptyContinuation",
              diagnostic: text.warning(
                "an empty line within a continued instruction",
                at: text.location(line: next, byte: 0),
                hint: "remove the line or write a # comment there")))
        }
        continue
      }
      let start = result.pieces.isEmpty ? Byte.trimmingStart(line[...]).startIndex : 0
      let end = continuation(line)
      result.append(line[start..<max(start, end ?? line.count)], line: next)
      if end == nil { break }
    }
    result.trimEnd()
    return result
  }

  /// Where a line that goes on is to be cut; nil when it ends. Two escape characters are text.
  private func continuation(_ line: [UInt8]) -> Int? {
    guard let last = line.lastIndex(where: { !Byte.isBlank($0) }), line[last] == escape else {
      return nil
    }
    return last > 0 && line[last - 1] == escape ? nil : last
  }
}

extension DockerfileLines {
  private static let heredocKeywords: Set<String> = ["RUN", "COPY", "ADD"]

  private mutating func readHeredocs(
    _ line: LogicalLine, keyword: String, from offset: Int
  ) throws(Diagnostic) -> [Heredoc] {
    guard Self.heredocKeywords.contains(keyword) || keyword == "ONBUILD",
      line.bytes[offset...].contains(Byte.less)
    else { return [] }
    if keyword == "ONBUILD" {
      let word = line.bytes[offset...].prefix { !Byte.isBlank($0) }
      let inner = String(decoding: word, as: UTF8.self).uppercased()
      guard Self.heredocKeywords.contains(inner) else { return [] }
    }
    var heredocs: [Heredoc] = []
    for word in DockerfileWords.split(line.bytes, from: offset, escape: escape) {
      guard var heredoc = Self.heredoc(word.bytes) else { continue }
      let place = line.location(of: word.offset, in: text)
      heredoc.content = try readContent(of: heredoc, at: place)
      heredocs.append(heredoc)
    }
    return heredocs
  }

  /// Reads `[digits]<<[-]NAME`, where the name may stand in quotes.
  static func heredoc(_ word: [UInt8]) -> Heredoc? {
    let digits = word.prefix { (0x30...0x39).contains($0) }
    var rest = word.dropFirst(digits.count)
    guard rest.starts(with: "<<".utf8) else { return nil }
    rest = rest.dropFirst(2)
    let dropsTabs = rest.first == Byte.dash
    if dropsTabs { rest = rest.dropFirst() }
    let bare = rest.filter { $0 != Byte.singleQuote && $0 != Byte.doubleQuote }
    guard !bare.isEmpty, !bare.contains(Byte.less) else { return nil }
    return Heredoc(
      name: String(decoding: bare, as: UTF8.self), content: "", expands: bare.count == rest.count,
      dropsTabs: dropsTabs, descriptor: String(decoding: digits, as: UTF8.self))
  }

  private mutating func readContent(
    of heredoc: Heredoc, at place: SourceLocation
  ) throws(Diagnostic) -> String {
    var content: [UInt8] = []
    while next < text.lines.count {
      var line = text.lines[next][...]
      next += 1
      if heredoc.dropsTabs { line = line.drop { $0 == Byte.tab } }
      if line.elementsEqual(heredoc.name.utf8) { return String(decoding: content, as: UTF8.self) }
      content.append(contentsOf: line)
      content.append(0x0A)
    }
    throw text.error(
      "the here-document '\(heredoc.name)' does not end", at: place,
      hint: "write \(heredoc.name) alone on the line after its last line")
  }
}

extension StringProtocol {
  /// The parts between separators. A separator counts also where a combining mark follows it:
  /// as a `Character` the two would be one.
  func parts(
    _ separator: Unicode.Scalar, maxSplits: Int = .max, omittingEmpty: Bool = true
  ) -> [String] {
    String(self).unicodeScalars.split(
      separator: separator, maxSplits: maxSplits, omittingEmptySubsequences: omittingEmpty
    ).map(String.init)
  }

  /// The text without blanks and newlines at both ends.
  var trimmed: String {
    let scalars = String(self).unicodeScalars
    let isText = { (scalar: Unicode.Scalar) in !scalar.properties.isWhitespace }
    guard let first = scalars.firstIndex(where: isText),
      let last = scalars.lastIndex(where: isText)
    else { return "" }
    return String(scalars[first...last])
  }
}
