import Model
import YAML

/// Converts one value to its type.
struct ValueConversion {
  let node: Node
  let path: NodePath

  /// The value in its type; nil when it is right as it is.
  func convert(
    to type: ValueType, _ report: inout Report
  ) throws(ConversionFailure) -> Node.Content? {
    switch type {
    case .text: try text()
    case .flag, .givenFlag: try flag(&report)
    case .integer, .givenInteger: try .integer(integer())
    case .unsigned, .givenUnsigned: try unsigned()
    case .number: try number()
    case .bytes: try bytes(&report)
    case .duration, .givenDuration: try duration()
    case .texts: try texts()
    case .textMap: try variables { $0.isNull ? .string("") : .string(GoText.of($0)) }
    case .strictTextMap: try strictMap()
    case .variables: try environment()
    case .multiMap: try multiMap()
    case .command: try command(&report)
    case .test: try test()
    case .hosts: try .sequence(HostLines.lines(of: node))
    case .fileMode: try fileMode()
    case .deviceCount: try deviceCount()
    case .limit: try limit()
    case .sshKeys, .envFiles, .list, .map, .nullableMap, .structure, .embedded: nil
    }
  }

  private func mismatch(_ expected: String) -> ConversionFailure {
    ConversionFailure("expected \(expected), found \(node.isNull ? "nothing" : node.kind)")
  }

  private func units<Value>(
    _ body: () throws(UnitError) -> Value
  ) throws(ConversionFailure) -> Value {
    do throws(UnitError) { return try body() } catch { throw ConversionFailure(error) }
  }

  // MARK: Scalars

  private func text() throws(ConversionFailure) -> Node.Content? {
    if node.stringValue != nil { return nil }
    guard let integer = node.integerValue else { throw mismatch("a string") }
    return .string(String(integer))
  }

  private func flag(_ report: inout Report) throws(ConversionFailure) -> Node.Content? {
    if node.boolValue != nil { return nil }
    guard let text = node.stringValue else { throw mismatch("true or false") }
    switch text.lowercased() {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "y", "yes", "on", "n", "no", "off":
      let value = ["y", "yes", "on"].contains(text.lowercased())
      report.warning("\"\(text)\" is read as \(value)", node, path, hint: "write `\(value)`")
      return .bool(value)
    default: throw ConversionFailure("expected true or false, found \"\(text)\"")
    }
  }

  private func integer() throws(ConversionFailure) -> Int64 {
    switch node.value {
    case .integer(let value): return value
    case .number(let value):
      guard let whole = Int64(exactly: value.rounded(.towardZero)) else {
        throw ConversionFailure("\(GoText.of(node)) is too large")
      }
      return whole
    case .string(let text):
      guard let value = Int64(text) else {
        throw ConversionFailure("expected a whole number, found \"\(text)\"")
      }
      return value
    default: throw mismatch("a whole number")
    }
  }

  private func unsigned() throws(ConversionFailure) -> Node.Content {
    guard node.stringValue == nil else {
      throw ConversionFailure("expected a number, found a string", hint: "remove the quotes")
    }
    let value = try integer()
    guard value >= 0 else { throw ConversionFailure("\(value) is less than 0") }
    return .integer(value)
  }

  private func number() throws(ConversionFailure) -> Node.Content {
    let value: Double
    if let number = node.numberValue {
      value = number
    } else if let text = node.stringValue {
      guard let number = Double(text) else {
        throw ConversionFailure("expected a number, found \"\(text)\"")
      }
      value = number
    } else {
      throw mismatch("a number")
    }
    if let whole = Int64(exactly: value) { return .integer(whole) }
    // Single precision, printed by its shortest digits: 0.1 stays 0.1.
    return .number(Double("\(Float(value))") ?? value)
  }

  private func bytes(_ report: inout Report) throws(ConversionFailure) -> Node.Content {
    switch node.value {
    case .string(let text):
      let size = try units { () throws(UnitError) in try ByteSize.parse(text) }
      return .string(String(size))
    case .number:
      report.warning(
        "\(GoText.of(node)) is not a whole number of bytes and has no effect", node, path,
        hint: "write a whole number, or a size such as 512m")
      return .string("0")
    default: return .string(String(try integer()))
    }
  }

  private func duration() throws(ConversionFailure) -> Node.Content {
    let text = GoText.of(node)
    let duration = try units { () throws(UnitError) in try DurationText.parse(text) }
    return .string(DurationText.format(duration))
  }

  private func fileMode() throws(ConversionFailure) -> Node.Content {
    if let text = node.stringValue {
      guard let mode = Int64(text, radix: 8) else {
        throw ConversionFailure(
          "expected permission bits, found \"\(text)\"",
          hint: "write them in octal, such as \"0440\"")
      }
      return .string("0" + String(mode, radix: 8))
    }
    guard let mode = node.integerValue else { throw mismatch("permission bits") }
    return .string("0" + String(mode, radix: 8))
  }

  private func deviceCount() throws(ConversionFailure) -> Node.Content {
    if let count = node.integerValue { return .integer(count) }
    guard let text = node.stringValue else { throw mismatch("a whole number or all") }
    if text.lowercased() == "all" { return .integer(-1) }
    guard let count = Int64(text) else {
      throw ConversionFailure(
        "\"\(text)\" is not a number of devices", hint: "write a number or all")
    }
    return .integer(count)
  }

  private func limit() throws(ConversionFailure) -> Node.Content? {
    guard let mapping = node.mapping else { return .integer(try integer()) }
    var limits = Mapping()
    for entry in mapping.entries where entry.key == "soft" || entry.key == "hard" {
      let value = try ValueConversion(node: entry.value, path: path).integer()
      limits.set(entry.key, entry.value.replacing(.integer(value)), keyMark: entry.keyMark)
    }
    return .mapping(limits)
  }

  // MARK: Lists

  private func texts() throws(ConversionFailure) -> Node.Content? {
    guard let elements = node.sequence else {
      guard node.stringValue != nil else { throw mismatch("a list of strings") }
      return .sequence([node])
    }
    if elements.allSatisfy({ $0.stringValue != nil }) { return nil }
    var texts: [Node] = []
    for (index, element) in elements.enumerated() {
      guard element.isScalar else {
        throw ConversionFailure("expected a string, found \(element.kind)", index: index)
      }
      texts.append(element.replacing(.string(GoText.of(element))))
    }
    return .sequence(texts)
  }

  /// What Linux lets a process have as its arguments, under usual limits (execve(2)).
  private static let maximumCommand = 2 << 20

  private func command(_ report: inout Report) throws(ConversionFailure) -> Node.Content? {
    guard let text = node.stringValue else { return try texts() }
    guard text.utf8.count <= Self.maximumCommand else {
      throw ConversionFailure("no process can be given a command of more than 2 MiB")
    }
    let split: ShellWords
    do throws(ShellWords.Failure) {
      split = try ShellWords(text)
    } catch {
      throw ConversionFailure(
        "this command cannot be split into words: \(error.reason)",
        hint: "write it as a list of words")
    }
    if let mark = split.cutAt {
      let shown = split.words.joined(separator: " ")
      report.warning(
        "no shell runs this command: it ends before `\(mark)`, and only `\(shown)` is run",
        node, path, hint: "write it as [\"sh\", \"-c\", \"…\"]")
    }
    return .sequence(split.words.map { .string($0, at: node.mark) })
  }

  private func test() throws(ConversionFailure) -> Node.Content? {
    guard let text = node.stringValue else { return try texts() }
    return .sequence([.string("CMD-SHELL", at: node.mark), .string(text, at: node.mark)])
  }

  // MARK: Maps

  private func variables(_ convert: (Node) -> Node.Content) throws(ConversionFailure)
    -> Node.Content?
  {
    var variables = Mapping()
    switch node.value {
    case .mapping(let mapping):
      for entry in mapping.entries {
        variables.set(
          entry.key, entry.value.replacing(convert(entry.value)), keyMark: entry.keyMark)
      }
    case .sequence(let elements):
      for element in elements {
        let text = GoText.of(element)
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else {
          variables.set(text, element.replacing(convert(.null())), keyMark: element.mark)
          continue
        }
        let value = String(text[text.index(after: equals)...])
        variables.set(
          String(text[..<equals]), element.replacing(convert(.string(value))),
          keyMark: element.mark)
      }
    default: throw mismatch("a map or a list")
    }
    return .mapping(variables)
  }

  private func environment() throws(ConversionFailure) -> Node.Content? {
    for (index, element) in (node.sequence ?? []).enumerated() {
      let text = GoText.of(element)
      let name = text.prefix { $0 != "=" }
      if name.last?.isWhitespace == true {
        throw ConversionFailure(
          "there is a blank between the name `\(name.dropLast())` and `=`",
          hint: "write NAME=value without blanks around `=`", index: index)
      }
    }
    return try variables { $0.isNull ? .null : .string(GoText.of($0)) }
  }

  private func strictMap() throws(ConversionFailure) -> Node.Content? {
    guard let mapping = node.mapping else { throw mismatch("a map") }
    for entry in mapping.entries {
      switch entry.value.value {
      case .null, .string, .integer: break
      default:
        throw ConversionFailure(
          "`\(entry.key)` must be a string", hint: "put its value in quotes")
      }
    }
    return try variables { $0.isNull ? .string("") : .string(GoText.of($0)) }
  }

  private func multiMap() throws(ConversionFailure) -> Node.Content? {
    guard let mapping = node.mapping else { throw mismatch("a map") }
    var result = Mapping()
    for entry in mapping.entries {
      let values = entry.value.sequence ?? [entry.value]
      let texts = values.map { $0.replacing(.string(GoText.of($0))) }
      result.set(entry.key, entry.value.replacing(.sequence(texts)), keyMark: entry.keyMark)
    }
    return .mapping(result)
  }
}
