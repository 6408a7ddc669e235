import Model

/// Text as Go's package fmt makes it. Source: Go, fmt/print.go.
package enum GoFormat {
  /// What an action of a template prints.
  package static func shown(_ value: TemplateValue) -> String {
    value == .missing ? "<no value>" : GoVerb().text(value, "v")
  }

  /// `print`: a blank between two values of which neither is a string.
  static func print(_ values: [TemplateValue]) -> String {
    var output = ""
    var wasString = true
    for (position, value) in values.enumerated() {
      var isString = false
      if case .string = value { isString = true }
      if position > 0, !isString, !wasString { output += " " }
      output += GoVerb().text(value, "v")
      wasString = isString
    }
    return output
  }

  /// `println`: a blank between all values, and a newline.
  static func printLine(_ values: [TemplateValue]) -> String {
    values.map { GoVerb().text($0, "v") }.joined(separator: " ") + "\n"
  }

  /// `printf`. Mistakes show in the text, as `%!d(string=x)`.
  static func printf(_ format: String, _ values: [TemplateValue]) -> String {
    var run = FormatRun(format: Array(format.unicodeScalars), values: values)
    return run.text()
  }

  /// Zeros before digits.
  static func padded(_ digits: String, to width: Int) -> String {
    String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}

/// One `printf`.
private struct FormatRun {
  let format: [Unicode.Scalar]
  let values: [TemplateValue]
  var position = 0
  var argument = 0
  var isReordered = false
  var isGoodIndex = true
  var isBehindIndex = false
  var output = ""

  init(format: [Unicode.Scalar], values: [TemplateValue]) {
    self.format = format
    self.values = values
  }

  /// More than this is no width.
  private static let widest: Int64 = 1_000_000

  private var next: Unicode.Scalar? { position < format.count ? format[position] : nil }

  mutating func text() -> String {
    while let scalar = next {
      position += 1
      if scalar == "%" {
        directive()
      } else {
        output.unicodeScalars.append(scalar)
      }
    }
    if !isReordered, argument < values.count {
      let extra = values[argument...].map(Self.described).joined(separator: ", ")
      output += "%!(EXTRA \(extra))"
    }
    return output
  }

  private static func described(_ value: TemplateValue) -> String {
    let text = GoVerb().text(value, "v")
    return value.isNil ? text : "\(value.typeName)=\(text)"
  }

  private mutating func directive() {
    var verb = GoVerb()
    isGoodIndex = true
    isBehindIndex = false
    flags(&verb)
    argumentIndex()
    width(&verb)
    precision(&verb)
    if !isBehindIndex { argumentIndex() }
    guard let letter = next else { return output += "%!(NOVERB)" }
    position += 1
    if letter == "%" { return output += "%" }
    guard isGoodIndex else { return output += "%!\(letter)(BADINDEX)" }
    guard argument < values.count else { return output += "%!\(letter)(MISSING)" }
    if letter == "v" {
      (verb.isGoSyntax, verb.sharp) = (verb.sharp, false)
      (verb.showsNames, verb.plus) = (verb.plus, false)
    }
    output += verb.text(values[argument], letter)
    argument += 1
  }

  private mutating func flags(_ verb: inout GoVerb) {
    while let flag = next {
      switch flag {
      case "#": verb.sharp = true
      case "0": verb.zero = !verb.minus
      case "+": verb.plus = true
      case " ": verb.space = true
      case "-":
        verb.minus = true
        verb.zero = false
      default: return
      }
      position += 1
    }
  }

  /// Reads `[2]`, which names the value to use.
  private mutating func argumentIndex() {
    guard next == "[" else { return }
    isReordered = true
    guard let close = format[position...].firstIndex(of: "]") else {
      isGoodIndex = false
      position += 1
      return
    }
    let digits = String(String.UnicodeScalarView(format[(position + 1)..<close]))
    position = close + 1
    guard let number = Int(digits), number > 0, number <= values.count else {
      isGoodIndex = false
      return
    }
    argument = number - 1
    isBehindIndex = true
  }

  private mutating func number() -> Int? {
    let start = position
    var number: Int64 = 0
    while let scalar = next, ("0"..."9").contains(scalar) {
      number = min(number * 10 + Int64(scalar.value - 0x30), Self.widest + 1)
      position += 1
    }
    guard number <= Self.widest else {
      // Nobody means this; nothing behind it is looked at.
      position = format.count
      return nil
    }
    return position > start ? Int(number) : nil
  }

  /// Takes a width from the values.
  private mutating func starred() -> Int? {
    position += 1
    isBehindIndex = false
    guard argument < values.count else { return nil }
    argument += 1
    guard case .integer(let number) = values[argument - 1], abs(number) <= Self.widest else {
      return nil
    }
    return Int(number)
  }

  private mutating func width(_ verb: inout GoVerb) {
    if next == "*" {
      verb.width = starred()
      guard let width = verb.width else { return output += "%!(BADWIDTH)" }
      if width < 0 {
        verb.width = -width
        verb.minus = true
        verb.zero = false
      }
    } else {
      verb.width = number()
      if isBehindIndex, verb.width != nil { isGoodIndex = false }
    }
  }

  private mutating func precision(_ verb: inout GoVerb) {
    guard next == "." else { return }
    position += 1
    if isBehindIndex { isGoodIndex = false }
    argumentIndex()
    guard next == "*" else { return verb.precision = number() ?? 0 }
    verb.precision = starred()
    if verb.precision.map({ $0 < 0 }) ?? false { verb.precision = nil }
    if verb.precision == nil { output += "%!(BADPREC)" }
  }
}

extension TemplateValue {
  /// True for what is nil without a type.
  var isNil: Bool { self == .missing || self == .none }
}
