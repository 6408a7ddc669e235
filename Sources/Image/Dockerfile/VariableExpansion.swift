import Model

/// Removes quotes and expands variables in one word of a Dockerfile.
///
/// Forms: `$NAME`, `${NAME}`, `:-`, `-`, `:+`, `+`, `:?`, `?`, `#`, `##`, `%`, `%%`, `/`, `//`.
///
/// Source: Dockerfile reference, "Environment replacement".
struct VariableExpansion {
  /// What is wrong, and how far into the word.
  struct Failure: Error, Hashable, CustomStringConvertible {
    var message: String
    var offset: Int

    var description: String { message }
  }

  /// The most bytes that a result may have. Every line can double what the one before it made:
  /// without an end, thirty lines fill any memory.
  static let maximumLength = 4 << 20
  /// The deepest that variables may lie within one another: each level is one of the stack.
  static let maximumDepth = 100

  /// The most steps that comparing a value with a pattern may take.
  private static let maximumCost = 32 << 20

  let escape: UInt8
  let lookup: (String) -> String?
  /// True for the text of here-documents, in which quotes are nothing special.
  let keepsQuotes: Bool
  /// The names that were asked for and not found.
  private(set) var unknown: Set<String> = []

  private var bytes: [UInt8] = []
  private var index = 0
  private var words = WordCollector()

  init(
    escape: UInt8 = Byte.backslash, keepsQuotes: Bool = false,
    lookup: @escaping (String) -> String?
  ) {
    self.escape = escape
    self.keepsQuotes = keepsQuotes
    self.lookup = lookup
  }

  /// Expands to one text; blanks in values stay.
  mutating func expand(_ word: String) throws(Failure) -> String {
    let text = try run(word)
    return String(decoding: text, as: UTF8.self)
  }

  /// Expands to words: blanks outside quotes and in unquoted values divide.
  mutating func expandToWords(_ text: String) throws(Failure) -> [String] {
    _ = try run(text)
    return words.finish()
  }

  private mutating func run(_ text: String) throws(Failure) -> [UInt8] {
    bytes = Array(text.utf8)
    index = 0
    words = WordCollector()
    return try process(until: nil)
  }

  private mutating func process(until stop: UInt8?) throws(Failure) -> [UInt8] {
    var result: [UInt8] = []
    while index < bytes.count {
      let byte = bytes[index]
      if byte == stop {
        index += 1
        return result
      }
      switch byte {
      case Byte.singleQuote where !keepsQuotes:
        try collect(try singleQuoted(), quoted: true, into: &result)
      case Byte.doubleQuote where !keepsQuotes:
        try collect(try doubleQuoted(), quoted: true, into: &result)
      case UInt8(ascii: "$"): try collect(try dollar(), quoted: false, into: &result)
      case escape:
        index += 1
        guard index < bytes.count else { break }
        try collect([bytes[index]], quoted: true, into: &result)
        index += 1
      default:
        try collect([byte], quoted: false, into: &result)
        index += 1
      }
    }
    if let stop { throw failure("'\(Character(Unicode.Scalar(stop)))' is missing") }
    return result
  }

  private mutating func collect(
    _ text: [UInt8], quoted: Bool, into result: inout [UInt8]
  ) throws(Failure) {
    try append(text, to: &result)
    if depth == 0 { words.add(text, quoted: quoted) }
  }

  private func append(_ text: [UInt8], to result: inout [UInt8]) throws(Failure) {
    guard result.count + text.count <= Self.maximumLength else {
      throw failure("with its variables the text has more than \(Self.maximumLength) bytes")
    }
    result += text
  }

  private func failure(_ message: String, at offset: Int? = nil) -> Failure {
    Failure(message: message, offset: offset ?? index)
  }

  private mutating func singleQuoted() throws(Failure) -> [UInt8] {
    let start = index
    guard let end = bytes[(start + 1)...].firstIndex(of: Byte.singleQuote) else {
      throw failure("the single quote is not closed", at: start)
    }
    index = end + 1
    return Array(bytes[(start + 1)..<end])
  }

  private mutating func doubleQuoted() throws(Failure) -> [UInt8] {
    let start = index
    var result: [UInt8] = []
    index += 1
    while index < bytes.count {
      let byte = bytes[index]
      if byte == Byte.doubleQuote {
        index += 1
        return result
      }
      if byte == UInt8(ascii: "$") {
        try append(try dollar(), to: &result)
      } else if byte == escape, index + 1 < bytes.count {
        let next = bytes[index + 1]
        let isEscapable = next == Byte.doubleQuote || next == UInt8(ascii: "$") || next == escape
        result += isEscapable ? [next] : [byte, next]
        index += 2
      } else {
        result.append(byte)
        index += 1
      }
    }
    throw failure("the double quote is not closed", at: start)
  }

  // Words inside ${NAME:-word} are part of a value; only the value as a whole is collected.
  private var depth = 0

  private mutating func dollar() throws(Failure) -> [UInt8] {
    let start = index
    index += 1
    guard index < bytes.count else { return [UInt8(ascii: "$")] }
    guard bytes[index] == UInt8(ascii: "{") else {
      let name = readName()
      return name.isEmpty ? [UInt8(ascii: "$")] : Array((value(name) ?? "").utf8)
    }
    index += 1
    guard depth < Self.maximumDepth else {
      throw failure(
        "more than \(Self.maximumDepth) variables lie within one another", at: start)
    }
    depth += 1
    defer { depth -= 1 }
    let name = readName()
    guard !name.isEmpty else { throw failure("the variable has no name", at: start) }
    guard index < bytes.count else { throw failure("'}' is missing", at: start) }
    return try modified(name, start: start)
  }

  private mutating func readName() -> String {
    guard index < bytes.count else { return "" }
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    let isLetter = { (byte: UInt8) in
      (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }
    let name: ArraySlice<UInt8>
    if isLetter(bytes[index]) {
      name = bytes[index...].prefix { isLetter($0) || isDigit($0) }
    } else if isDigit(bytes[index]) {
      name = bytes[index...].prefix(while: isDigit)
    } else if "@*#?-$!".utf8.contains(bytes[index]) {
      name = bytes[index...].prefix(1)
    } else {
      return ""
    }
    index += name.count
    return String(decoding: name, as: UTF8.self)
  }

  private mutating func value(_ name: String) -> String? {
    let value = lookup(name)
    if value == nil { unknown.insert(name) }
    return value
  }
}

extension VariableExpansion {
  private mutating func modified(_ name: String, start: Int) throws(Failure) -> [UInt8] {
    let mark = bytes[index]
    index += 1
    switch mark {
    case UInt8(ascii: "}"): return Array((value(name) ?? "").utf8)
    case UInt8(ascii: ":"):
      guard index < bytes.count else { throw failure("'}' is missing", at: start) }
      let kind = bytes[index]
      index += 1
      return try choice(name, kind, emptyCounts: false, start: start)
    case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "?"):
      return try choice(name, mark, emptyCounts: true, start: start)
    case UInt8(ascii: "#"), UInt8(ascii: "%"):
      let isLongest = index < bytes.count && bytes[index] == mark
      if isLongest { index += 1 }
      let pattern = try process(until: UInt8(ascii: "}"))
      let text = Array((value(name) ?? "").utf8)
      let shellPattern = try self.pattern(pattern, for: text, start: start)
      return mark == UInt8(ascii: "#")
        ? shellPattern.removingPrefix(of: text, longest: isLongest)
        : shellPattern.removingSuffix(of: text, longest: isLongest)
    case UInt8(ascii: "/"):
      let all = index < bytes.count && bytes[index] == mark
      if all { index += 1 }
      let pattern = try process(until: UInt8(ascii: "/"))
      let replacement = try process(until: UInt8(ascii: "}"))
      let text = Array((value(name) ?? "").utf8)
      return try replaced(
        text, try self.pattern(pattern, for: text, start: start), by: replacement, all: all,
        start: start)
    default:
      throw failure("unsupported modifier in the variable '\(name)'", at: start)
    }
  }

  /// A pattern that can be compared with a text in reasonable time.
  private func pattern(
    _ bytes: [UInt8], for text: [UInt8], start: Int
  ) throws(Failure) -> ShellPattern {
    let pattern = ShellPattern(bytes)
    guard pattern.cost(of: text) <= Self.maximumCost else {
      throw failure("the pattern and the value it is for are too long", at: start)
    }
    return pattern
  }

  private func replaced(
    _ text: [UInt8], _ pattern: ShellPattern, by replacement: [UInt8], all: Bool, start: Int
  ) throws(Failure) -> [UInt8] {
    var result: [UInt8] = []
    var rest = 0
    for match in pattern.matches(in: text, all: all) {
      try append(Array(text[rest..<match.lowerBound]), to: &result)
      try append(replacement, to: &result)
      rest = match.upperBound
    }
    try append(Array(text[rest...]), to: &result)
    return result
  }

  private mutating func choice(
    _ name: String, _ kind: UInt8, emptyCounts: Bool, start: Int
  ) throws(Failure) -> [UInt8] {
    let found = lookup(name)
    let isSet = found.map { emptyCounts || !$0.isEmpty } ?? false
    let word = try process(until: UInt8(ascii: "}"))
    switch kind {
    case UInt8(ascii: "-"): return isSet ? Array((found ?? "").utf8) : word
    case UInt8(ascii: "+"): return isSet ? word : []
    case UInt8(ascii: "?"):
      if isSet { return Array((found ?? "").utf8) }
      let text = String(decoding: word, as: UTF8.self)
      throw failure("\(name): \(text.isEmpty ? "not allowed to be unset" : text)", at: start)
    default: throw failure("unsupported modifier in the variable '\(name)'", at: start)
    }
  }
}

/// Gathers the words of an expansion.
private struct WordCollector {
  private var words: [[UInt8]] = []
  private var current: [UInt8] = []
  private var hasWord = false

  mutating func add(_ text: [UInt8], quoted: Bool) {
    if quoted {
      current += text
      hasWord = true
      return
    }
    for byte in text {
      if Byte.isBlank(byte) || byte == 0x0A {
        endWord()
      } else {
        current.append(byte)
        hasWord = true
      }
    }
  }

  mutating func finish() -> [String] {
    endWord()
    return words.map { String(decoding: $0, as: UTF8.self) }
  }

  private mutating func endWord() {
    if hasWord { words.append(current) }
    current = []
    hasWord = false
  }
}
