import ArgumentParser

/// Takes the values off flags: `--rm=true` is `--rm`, `--rm=false` takes it back.
///
/// Docker's programs understand both, and scripts write them; the parser of the commands knows
/// flags without values only.
///
/// Source: pflag, "Command line flag syntax"; the words are those of Go's `strconv.ParseBool`.
struct FlagValues {
  private let flags: [String: KnownOptions.Flag]
  private let valued: Set<String>
  /// What follows the first word that is no option belongs to another program.
  private let endsAtFirstWord: Bool
  private var result: [String] = []

  /// What a word says; nil for one that says neither.
  static func truth(_ word: some StringProtocol) -> Bool? {
    switch word {
    case "1", "t", "T", "true", "True", "TRUE": true
    case "0", "f", "F", "false", "False", "FALSE": false
    default: nil
    }
  }

  /// The arguments with plain flags; what is no flag stays as it is.
  static func resolved(_ arguments: [String]) -> [String] {
    // Only who writes such a value pays for looking the options up.
    guard arguments.contains(where: { split($0).value != nil }) else { return arguments }
    let (command, count) = CommandTree.find(arguments)
    var values = FlagValues(KnownOptions(of: command))
    values.take(arguments[count...])
    return arguments[..<count] + values.result
  }

  private init(_ names: KnownOptions) {
    flags = names.flags
    valued = names.valued
    endsAtFirstWord = names.passesRestOn
  }

  private mutating func take(_ words: ArraySlice<String>) {
    var rest = words
    while let word = rest.popFirst() {
      let isOption = word.hasPrefix("-") && word != "-"
      if word == "--" || (!isOption && endsAtFirstWord) {
        result += [word] + rest
        return
      }
      let (name, value) = Self.split(word)
      if let value, let last = lastFlag(name) {
        set(last, to: value, in: name)
        continue
      }
      result.append(word)
      // The word behind an option is its value, whatever it looks like.
      if isOption, wantsNext(word), let next = rest.popFirst() { result.append(next) }
    }
  }

  /// An option and the truth that is joined to it.
  private static func split(_ word: String) -> (name: String, value: Bool?) {
    guard word.utf8.first == UInt8(ascii: "-"),
      let mark = word.unicodeScalars.firstIndex(of: "=")
    else { return (word, nil) }
    return (String(word[..<mark]), truth(word[word.unicodeScalars.index(after: mark)...]))
  }

  /// The letters of `-it`; nil for anything else.
  private static func letters(_ word: String) -> [String]? {
    guard word.hasPrefix("-"), !word.hasPrefix("--"), word != "-" else { return nil }
    return word.dropFirst().map { "-\($0)" }
  }

  /// The flag that a value behind `name` is for: the whole, or the last of several letters.
  private func lastFlag(_ name: String) -> KnownOptions.Flag? {
    guard let letters = Self.letters(name) else { return flags[name] }
    return letters.allSatisfy { flags[$0] != nil } ? letters.last.flatMap { flags[$0] } : nil
  }

  private func wantsNext(_ word: String) -> Bool {
    guard let letters = Self.letters(word) else { return valued.contains(word) }
    // What follows the letter of an option in the same word is its value.
    return letters.firstIndex { valued.contains($0) } == letters.count - 1
  }

  private mutating func set(_ flag: KnownOptions.Flag, to value: Bool, in word: String) {
    if value { return result.append(word) }
    if let letters = Self.letters(word), letters.count > 1 {
      result.append("-" + letters.dropLast().map { $0.dropFirst() }.joined())
    }
    result.removeAll(where: flag.names.contains)
    if let opposite = flag.opposite { result.append(opposite) }
  }
}

/// The options of a command, as the parser knows them.
struct KnownOptions {
  /// A flag with all its names, dashes included.
  struct Flag {
    var names: [String]
    /// The flag that says the contrary.
    var opposite: String?
  }

  /// The flags by each of their names.
  private(set) var flags: [String: Flag] = [:]
  /// The names of options with a value.
  private(set) var valued: Set<String> = []
  /// True for commands that run another program: what follows is its own.
  private(set) var passesRestOn = false

  /// Sorts what the parser knows of a command.
  init(of command: any ParsableCommand.Type) {
    for argument in CommandDescription(of: command).arguments {
      switch argument.kind {
      case .flag: for name in argument.names { flags[name] = Flag(names: argument.names) }
      case .option: valued.formUnion(argument.names)
      case .positional: if argument.takesRest { passesRestOn = true }
      }
    }
    for name in flags.keys where name.hasPrefix("--no-") {
      let plain = "--" + name.dropFirst("--no-".count)
      guard flags[plain] != nil else { continue }
      flags[plain]?.opposite = name
      flags[name]?.opposite = plain
    }
  }
}
