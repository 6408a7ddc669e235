import YAML

/// Replaces the variables of one text.
///
/// The forms are `$V`, `${V}`, `${V:-d}`, `${V-d}`, `${V:+r}`, `${V+r}`, `${V:?m}` and `${V?m}`;
/// the operand may hold more of them, to any depth, and balanced braces; `$$` stands for `$`. The
/// text is read once
/// from left to right, with a stack instead of recursion. An operand is written where its result
/// belongs and cut off again when the variable has a value, so that the work is linear.
///
/// Source: Compose specification, "Interpolation"; what it leaves open is as in Docker Compose.
struct Template {
  /// What is wrong with a text, or worth a warning.
  struct Problem: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
      /// The variable is not set, and no default was given.
      case unset(name: String, isBraced: Bool)
      /// `${V:?m}` or `${V?m}` without a value.
      case required(name: String, message: String, isSet: Bool)
      /// `${` is never closed.
      case unclosed
      /// `${V:-` has no `}` on its line.
      case lineBreak
      /// No variable can have this name.
      case name(String)
      /// What follows the name is none of the operations.
      case operation(String)
      /// The result is too long.
      case tooLong
    }

    var kind: Kind
    /// The `$` it is about: an offset into the UTF-8 of the text.
    var offset: Int

    var isWarning: Bool { if case .unset = kind { true } else { false } }
  }

  /// What a text became.
  struct Result {
    var text = ""
    var substitutions: [Substitution] = []
    var problems: [Problem] = []
  }

  /// The longest result, in bytes.
  static let maximumLength = 4 << 20
  /// The most problems and the most substitutions that are recorded for one text.
  private static let maximumRecords = 500

  /// True when `text` may hold a variable: most do not, and need no work.
  static func mayContainVariable(_ text: String) -> Bool {
    text.utf8.contains(UInt8(ascii: "$"))
  }

  /// Replaces the variables of `text` by what `lookup` knows of them.
  static func expand(_ text: String, lookup: (String) -> String?) -> Result {
    var text = text
    return text.withUTF8 { bytes in
      var template = Template(lexer: TemplateLexer(bytes: bytes))
      template.run(lookup)
      return Result(
        text: String(decoding: template.output, as: UTF8.self),
        substitutions: template.substitutions, problems: template.problems)
    }
  }

  /// A form whose operand is being read.
  private struct Frame {
    var name: String
    var operation: TemplateOperation
    var offset: Int
    /// Where the operand begins in the output, and in the records.
    var outputStart: Int
    var substitutionStart: Int
    var problemStart: Int
  }

  private var lexer: TemplateLexer
  private var output: [UInt8] = []
  private var frames: [Frame] = []
  private var substitutions: [Substitution] = []
  private var problems: [Problem] = []

  private init(lexer: TemplateLexer) {
    self.lexer = lexer
    output.reserveCapacity(lexer.bytes.count)
  }

  private mutating func run(_ lookup: (String) -> String?) {
    while output.count <= Self.maximumLength {
      let token = lexer.next()
      let offset = lexer.tokenStart
      switch token {
      case .text(let range): output.append(contentsOf: lexer.bytes[range])
      case .variable(let name, let isBraced):
        replace(name, isBraced: isBraced, at: offset, lookup(name))
      case .open(let name, let operation): open(name, operation, at: offset)
      case .close: close(lookup)
      case .invalid(let kind): return problems.append(Problem(kind: kind, offset: offset))
      case .end: return
      }
    }
    problems.append(Problem(kind: .tooLong, offset: lexer.tokenStart))
  }

  private mutating func replace(_ name: String, isBraced: Bool, at offset: Int, _ value: String?) {
    record(name, value)
    if let value {
      output.append(contentsOf: value.utf8)
    } else {
      add(.unset(name: name, isBraced: isBraced), at: offset)
    }
  }

  private mutating func record(_ name: String, _ value: String?) {
    guard substitutions.count < Self.maximumRecords else { return }
    substitutions.append(Substitution(name: name, value: value))
  }

  private mutating func add(_ kind: Problem.Kind, at offset: Int) {
    guard problems.count < Self.maximumRecords else { return }
    problems.append(Problem(kind: kind, offset: offset))
  }

  // MARK: - Operands

  private mutating func open(_ name: String, _ operation: TemplateOperation, at offset: Int) {
    frames.append(
      Frame(
        name: name, operation: operation, offset: offset, outputStart: output.count,
        substitutionStart: substitutions.count, problemStart: problems.count))
  }

  private mutating func close(_ lookup: (String) -> String?) {
    guard let frame = frames.popLast() else { return }
    let name = frame.name
    let value = lookup(name)
    let isFilled = value.map { !$0.isEmpty } ?? false
    switch frame.operation {
    case .defaultIfUnset: if value != nil { discardOperand(frame, name, value) }
    case .defaultIfEmpty: if isFilled { discardOperand(frame, name, value) }
    case .replaceIfSet: if value == nil { discardOperand(frame, name, value) }
    case .replaceIfFilled: if !isFilled { discardOperand(frame, name, value) }
    case .requireSet: require(frame, name, value, isEnough: value != nil)
    case .requireFilled: require(frame, name, value, isEnough: isFilled)
    }
  }

  private mutating func require(_ frame: Frame, _ name: String, _ value: String?, isEnough: Bool) {
    let message = String(decoding: output[frame.outputStart...], as: UTF8.self)
    discardOperand(frame, name, value)
    guard !isEnough else { return }
    add(.required(name: name, message: message, isSet: value != nil), at: frame.offset)
  }

  /// Puts the variable's value in place of the operand. An unset variable in an operand that is
  /// not needed deserves no warning; a missing required one does fail, as in Docker Compose.
  private mutating func discardOperand(_ frame: Frame, _ name: String, _ value: String?) {
    output.removeSubrange(frame.outputStart...)
    substitutions.removeSubrange(frame.substitutionStart...)
    record(name, value)
    if problems.count > frame.problemStart {
      let kept = problems[frame.problemStart...].filter { !$0.isWarning }
      problems.replaceSubrange(frame.problemStart..., with: kept)
    }
    if let value { output.append(contentsOf: value.utf8) }
  }
}
