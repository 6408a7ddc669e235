import YAML

/// What the value of a key may be in a file, and what becomes of it.
struct FieldKind: Sendable {
  /// What a file may say.
  let schema: Schema
  /// The type in the resolved model; nil when no stage after the validation looks at the value
  /// and `config` does not print it.
  let type: ValueType?
  /// What the value of a variable, or a number in quotes, is cast to when it is read; of a map, what
  /// its values are cast to. Nil leaves a text as it is.
  let cast: ScalarCast?

  /// Makes a kind. A text is cast to its type where the schema takes a text at all.
  init(_ schema: Schema, _ type: ValueType?) {
    let cast = type?.cast
    self.init(schema, type, cast: schema.takesKind(of: .string("")) ? cast : nil)
  }

  /// Makes a kind with a cast of its own.
  init(_ schema: Schema, _ type: ValueType?, cast: ScalarCast?) {
    self.schema = schema
    self.type = type
    self.cast = cast
  }

  /// The same where a text is not cast when it is read, because Docker Compose does not: it is
  /// converted when all files are merged.
  var notCast: FieldKind { FieldKind(schema, type, cast: nil) }

  /// True for what may be a map or a list of `KEY=VALUE`.
  var takesAssignments: Bool {
    switch type {
    case .textMap, .variables, .sshKeys: schema.takesKind(of: .sequence([]))
    default: false
    }
  }
}

// MARK: - Words of the table

extension FieldKind {
  static let text = FieldKind(.text, .text)
  static let flag = FieldKind(.flag, .flag)
  static let givenFlag = FieldKind(.flag, .givenFlag)
  /// True or false, and no text.
  static let strictFlag = FieldKind(.strictFlag, .flag)
  static let size = FieldKind(.size, .bytes)
  static let integerSize = FieldKind(.integerSize, .bytes)
  static let duration = FieldKind(.duration, .duration)
  static let givenDuration = FieldKind(.duration, .givenDuration)

  static let texts = FieldKind(.texts, .texts)
  static let uniqueTexts = FieldKind(.uniqueTexts, .texts)
  static let textOrTexts = FieldKind(.textOrTexts, .texts)
  static let command = FieldKind(.command, .command)

  /// Labels and the like: a map of scalars or a list of `KEY=VALUE`.
  static let assignments = FieldKind(.assignments, .textMap)
  /// The same, where a name without a value takes one from the environment.
  static let variables = FieldKind(.assignments, .variables)
  /// Options that are passed on as they are.
  static let options = FieldKind(.options, .textMap)
  static let textMap = FieldKind(.textMap, .textMap)
  /// Addresses of host names.
  static let extraHosts = FieldKind(.extraHosts, .hosts)

  static func text(_ pattern: TextPattern) -> FieldKind { FieldKind(.text(pattern), .text) }

  static func words(_ words: String...) -> FieldKind { FieldKind(.words(words), .text) }

  static func integer(_ type: ValueType = .integer) -> FieldKind { FieldKind(.integer, type) }

  static func integer(in range: ClosedRange<Int>, _ type: ValueType = .integer) -> FieldKind {
    FieldKind(.integer(in: range), type)
  }

  static func number(_ type: ValueType = .number) -> FieldKind { FieldKind(.number, type) }

  // MARK: Maps

  static func section(_ section: Section) -> FieldKind {
    FieldKind(.map(section), .structure(section))
  }

  /// A map that JSON always has.
  static func embedded(_ section: Section) -> FieldKind {
    FieldKind(.map(section), .embedded(section))
  }

  static func sectionOrNothing(_ section: Section) -> FieldKind {
    FieldKind(.either([.nothing, .map(section)]), .structure(section))
  }

  /// A map with a short form that is a string.
  static func textOrSection(_ section: Section) -> FieldKind {
    FieldKind(.either([.text, .map(section)]), .structure(section))
  }

  static func list(of section: Section) -> FieldKind {
    FieldKind(.list(of: .map(section)), .list(section))
  }

  /// A list of maps with a short form that is a string.
  static func list(ofTextOr section: Section, unique: Bool = false) -> FieldKind {
    FieldKind(.list(of: .either([.text, .map(section)]), unique: unique), .list(section))
  }

  /// The services of a file, its networks and so on.
  static func resources(
    _ name: String, of section: Section, mayBeNothing: Bool = false, ignoresOtherKeys: Bool = false
  ) -> FieldKind {
    let schema = mayBeNothing ? Schema.either([.nothing, .map(section)]) : .map(section)
    let others = Section.Others(
      schema: schema, keys: .resourceKey, ignoresOtherKeys: ignoresOtherKeys)
    return FieldKind(
      .map(Section("a map of \(name)", others: others, isExtensible: false, [])),
      .map(.structure(section)))
  }

  /// Limits by their names. Those of a build are not cast.
  static func ulimits(_ limit: Section, cast: ScalarCast?) -> FieldKind {
    let others = Section.Others(
      schema: .either([.integer, .map(limit)]), keys: .lowercase, ignoresOtherKeys: true)
    let map = Section("a map of limits", others: others, isExtensible: false, [])
    return FieldKind(.map(map), .map(.limit), cast: cast)
  }
}
