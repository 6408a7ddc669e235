/// What the Compose specification allows at one place of a file.
///
/// The table of keys says it for every key; `SchemaValidator` holds a model to it.
indirect enum Schema: Sendable {
  case anything
  case scalar(ScalarSchema)
  case list(of: Schema, unique: Bool)
  case map(Section)
  /// The alternative that fits the kind of value decides.
  case either([Schema])
}

/// The kinds of scalar that a place takes.
struct ScalarKinds: OptionSet, Sendable {
  let rawValue: Int

  static let string = ScalarKinds(rawValue: 1)
  static let integer = ScalarKinds(rawValue: 2)
  /// Any number, whole ones too.
  static let number = ScalarKinds(rawValue: 6)
  static let boolean = ScalarKinds(rawValue: 8)
  static let null = ScalarKinds(rawValue: 16)
}

/// What a scalar may be.
struct ScalarSchema: Sendable {
  /// The kinds that fit.
  var kinds: ScalarKinds
  /// What to call it in a message: "a string", "true or false".
  var name: String
  /// The only words allowed; empty allows all.
  var words: [String] = []
  /// What a string must look like.
  var pattern: TextPattern?
  /// The least and greatest number.
  var range: ClosedRange<Int>?
}

/// What a text must look like.
struct TextPattern: Sendable {
  /// The rule in words, for messages.
  var rule: String
  /// True for a text that follows the rule.
  var matches: @Sendable (String) -> Bool
}

// MARK: - Words of the table

extension Schema {
  static let nothing = kind(.null, "nothing")
  static let text = kind(.string, "a string")
  static let flag = kind([.boolean, .string], "true or false")
  static let strictFlag = kind(.boolean, "true or false")
  static let integer = kind([.integer, .string], "a whole number")
  static let number = kind([.number, .string], "a number")
  static let size = kind([.number, .string], "a size such as 512m")
  static let integerSize = kind([.integer, .string], "a size such as 512m")
  static let duration = kind(.string, "a duration such as 1m30s")

  static let texts = Schema.list(of: .text, unique: false)
  static let uniqueTexts = Schema.list(of: .text, unique: true)
  static let textOrTexts = Schema.either([.text, .uniqueTexts])
  static let command = Schema.either([.nothing, .text, .texts])

  /// Variables, labels and the like: a map of scalars or a list of `KEY=VALUE`.
  static let assignments = Schema.either([
    .dictionary(
      "a map of strings", of: .kind([.string, .number, .boolean, .null], "a string"),
      keys: .notEmpty),
    .uniqueTexts,
  ])
  /// Options that are passed on as they are.
  static let options = Schema.dictionary(
    "a map of options", of: .kind([.string, .number], "a string"), keys: nil)
  /// A map of strings.
  static let textMap = Schema.dictionary("a map of strings", of: .text, keys: .notEmpty)
  /// Addresses of host names.
  static let extraHosts = Schema.either([
    .dictionary("a map of hosts", of: .either([.text, .texts]), keys: .notEmpty), .uniqueTexts,
  ])

  static func kind(_ kinds: ScalarKinds, _ name: String) -> Schema {
    .scalar(ScalarSchema(kinds: kinds, name: name))
  }

  static func words(_ words: [String]) -> Schema {
    .scalar(ScalarSchema(kinds: .string, name: "a string", words: words))
  }

  static func text(_ pattern: TextPattern) -> Schema {
    .scalar(ScalarSchema(kinds: .string, name: "a string", pattern: pattern))
  }

  /// A number in a range, or a string that may turn out to be one.
  static func integer(in range: ClosedRange<Int>) -> Schema {
    .scalar(ScalarSchema(kinds: [.integer, .string], name: "a whole number", range: range))
  }

  static func list(of element: Schema) -> Schema { .list(of: element, unique: false) }

  static func dictionary(_ name: String, of value: Schema, keys: TextPattern?) -> Schema {
    let others = Section.Others(schema: value, keys: keys)
    return .map(Section(name, others: others, isExtensible: false, []))
  }
}

extension TextPattern {
  /// The keys of services, networks, volumes and so on.
  static let resourceKey = TextPattern(
    rule: "may only hold letters, digits, `.`, `_` and `-`"
  ) { text in
    !text.isEmpty
      && text.utf8.allSatisfy {
        isLetterOrDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
          || $0 == UInt8(ascii: "-")
      }
  }

  /// The keys of `ulimits`.
  static let lowercase = TextPattern(rule: "may only hold lower-case letters") { text in
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
  }

  /// Keys that must not be empty.
  static let notEmpty = TextPattern(rule: "must not be empty") { !$0.isEmpty }

  /// Somewhere a letter or digit, and a further character of a name behind it.
  static let containerName = TextPattern(
    rule: "needs at least two letters, digits, `.`, `_` or `-` in a row, a letter or digit first"
  ) { text in
    zip(text.utf8, text.utf8.dropFirst()).contains { first, second in
      isLetterOrDigit(first)
        && (isLetterOrDigit(second) || second == UInt8(ascii: ".") || second == UInt8(ascii: "_")
          || second == UInt8(ascii: "-"))
    }
  }

  /// The words of `pull_policy`.
  static let pullPolicy = TextPattern(
    rule: "is one of always, never, missing, if_not_present, build, refresh, daily, weekly, "
      + "every_<duration>"
  ) { text in
    let words = [
      "always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly",
    ]
    if words.contains(where: { text.contains($0) }) { return true }
    guard let mark = text.firstRange(of: "every_") else { return false }
    let period = text[mark.upperBound...].utf8
    let unit = period.drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.first
    return unit != period.first && unit.map { "wdhms".utf8.contains($0) } ?? false
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
