/// What `${V:-d}` does with its operand.
enum TemplateOperation: Sendable {
  case defaultIfUnset, defaultIfEmpty, replaceIfSet, replaceIfFilled, requireSet, requireFilled
}

/// A part of a text with variables.
enum TemplateToken {
  /// Bytes that stay as they are.
  case text(Range<Int>)
  /// `$V` or `${V}`.
  case variable(name: String, isBraced: Bool)
  /// `${V:-` and its like; the operand follows.
  case open(name: String, TemplateOperation)
  /// The `}` of an `open`.
  case close
  /// A form that is not allowed; nothing comes after it.
  case invalid(Template.Problem.Kind)
  case end
}

/// Cuts a text with variables into its parts.
struct TemplateLexer {
  let bytes: UnsafeBufferPointer<UInt8>
  /// Where the next token begins.
  private(set) var position = 0
  /// Where the token that was read last begins.
  private(set) var tokenStart = 0
  /// The `}`s of the forms that are open.
  private var closes: [Int] = []
  private var braces = BracePairs()

  init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func next() -> TemplateToken {
    tokenStart = position
    if position == closes.last {
      closes.removeLast()
      position += 1
      return .close
    }
    guard let byte = byte(at: position) else { return .end }
    guard byte != UInt8(ascii: "$") else { return readDollar() }
    repeat { position += 1 } while self.byte(at: position).map { $0 != UInt8(ascii: "$") } ?? false
    return .text(tokenStart..<position)
  }

  /// Where the operand that is being read ends, or the text.
  private var end: Int { closes.last ?? bytes.count }

  private func byte(at offset: Int) -> UInt8? { offset < end ? bytes[offset] : nil }

  private mutating func invalid(_ kind: Template.Problem.Kind, at offset: Int) -> TemplateToken {
    tokenStart = offset
    closes = []
    position = bytes.count
    return .invalid(kind)
  }

  private mutating func readDollar() -> TemplateToken {
    switch byte(at: position + 1) {
    case UInt8(ascii: "$"):
      position += 2
      return .text(tokenStart..<tokenStart + 1)
    case UInt8(ascii: "{"):
      position += 2
      return readBraced()
    default:
      position += 1
      guard let name = readName() else { return .text(tokenStart..<position) }
      return .variable(name: name, isBraced: false)
    }
  }

  private mutating func readBraced() -> TemplateToken {
    let nameStart = position
    guard let name = readName() else {
      let isAtEnd = byte(at: position) == nil
      return invalid(isAtEnd ? .unclosed : .name(shown(from: nameStart)), at: tokenStart)
    }
    guard let next = byte(at: position) else { return invalid(.unclosed, at: tokenStart) }
    if next == UInt8(ascii: "}") {
      position += 1
      return .variable(name: name, isBraced: true)
    }
    guard let operation = readOperation() else {
      return invalid(.operation(shown(from: position)), at: tokenStart)
    }
    guard let close = braces.close(of: tokenStart + 1, before: end, in: bytes) else {
      let isBroken = bytes[tokenStart..<end].contains(0x0A)
      return invalid(isBroken ? .lineBreak : .unclosed, at: tokenStart)
    }
    closes.append(close)
    return .open(name: name, operation)
  }

  private mutating func readName() -> String? {
    let start = position
    while let next = byte(at: position), Self.isNameByte(next, isFirst: position == start) {
      position += 1
    }
    return position == start ? nil : String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private static func isNameByte(_ byte: UInt8, isFirst: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"):
      true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): !isFirst
    default: false
    }
  }

  private mutating func readOperation() -> TemplateOperation? {
    let isColon = byte(at: position) == UInt8(ascii: ":")
    let operation: TemplateOperation
    switch byte(at: position + (isColon ? 1 : 0)) {
    case UInt8(ascii: "-"): operation = isColon ? .defaultIfEmpty : .defaultIfUnset
    case UInt8(ascii: "+"): operation = isColon ? .replaceIfFilled : .replaceIfSet
    case UInt8(ascii: "?"): operation = isColon ? .requireFilled : .requireSet
    default: return nil
    }
    position += isColon ? 2 : 1
    return operation
  }

  /// The text from `start` to the end of the braces, for a message.
  private func shown(from start: Int) -> String {
    let shown = bytes[start...].prefix(20).prefix { $0 != UInt8(ascii: "}") && $0 >= 0x20 }
    return String(decoding: shown, as: UTF8.self)
  }
}
