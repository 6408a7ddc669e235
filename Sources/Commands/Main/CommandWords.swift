import ArgumentParser
import Model

/// Rewrites a command line from the way in which Docker's programs are called to the way in which
/// the parser of the commands takes it.
///
/// Docker's programs are written with pflag, which takes the value of a short option in the same
/// word (`-t0`), a value that begins with a dash (`--tail -1`), several letters in a word (`-dt0`),
/// and flags with a truth (`--rm=false`); the parser knows some of these, and others only where an
/// option says so. What comes out has one form: each option by its long name with `=` and its value,
/// then the operands. It follows from what the commands declare alone.
///
/// Source: pflag, `FlagSet.parseArgs`, `parseLongArg`, `parseSingleShortArg`; the truths are those of
/// Go's `strconv.ParseBool`.
struct CommandWords {
  /// The words for the parser.
  private(set) var words: [String] = []
  /// What `--dry-run` behind the command says; nil when it is not there.
  private(set) var dryRun: Bool?

  private let command: String
  private let known: KnownOptions
  private var options: [String] = []
  private var operands: [String] = []

  /// The option that every command has without declaring it.
  static let dryRunName = "--dry-run"
  /// What the help says of it.
  static let dryRunHelp = "Print what would be done, and do nothing."
  private static let help = ["--help", "-h"]

  /// What a word says; nil for one that says neither.
  static func truth(_ word: some StringProtocol) -> Bool? {
    switch word {
    case "1", "t", "T", "true", "True", "TRUE": true
    case "0", "f", "F", "false", "False", "FALSE": false
    default: nil
    }
  }

  /// Reads a command line without the program and the options before the command.
  init(_ arguments: [String]) throws(Diagnostic) {
    let (type, count) = CommandTree.find(arguments)
    command = (["roost"] + arguments[..<count]).joined(separator: " ")
    known = KnownOptions(of: type)
    // The parser has to say itself what a group of commands is called without one.
    guard type.configuration.subcommands.isEmpty else {
      words = arguments
      return
    }
    try take(arguments[count...])
    let mark = !known.passesRestOn && operands.contains(where: Self.isOption) ? ["--"] : []
    words = arguments[..<count] + options + mark + operands
  }

  private static func isOption(_ word: String) -> Bool { word.hasPrefix("-") && word != "-" }

  private mutating func take(_ words: ArraySlice<String>) throws(Diagnostic) {
    var rest = words
    while let word = rest.popFirst() {
      if word == "--" {
        operands += rest
        return
      }
      guard Self.isOption(word) else {
        operands.append(word)
        guard known.passesRestOn else { continue }
        operands += rest
        return
      }
      if word.hasPrefix("--") {
        try takeLong(word, &rest)
      } else {
        try takeLetters(word, &rest)
      }
    }
  }

  private mutating func takeLong(
    _ word: String, _ rest: inout ArraySlice<String>
  ) throws(Diagnostic) {
    let mark = word.unicodeScalars.firstIndex(of: "=")
    let name = mark.map { String(word.unicodeScalars[..<$0]) } ?? word
    let value = mark.map { String(word.unicodeScalars[word.unicodeScalars.index(after: $0)...]) }
    if name == Self.dryRunName, known.options[name] == nil {
      dryRun = try truth(value, of: name)
      return
    }
    guard let option = known.options[name] else {
      guard value == nil, Self.help.contains(name) else { throw unknown(name) }
      options.append(name)
      return
    }
    guard option.takesValue else { return try set(option, to: truth(value, of: name)) }
    guard let value = value ?? rest.popFirst() else { throw missing(name) }
    options.append("\(option.canonicalName)=\(value)")
  }

  private mutating func takeLetters(
    _ word: String, _ rest: inout ArraySlice<String>
  ) throws(Diagnostic) {
    var letters = word.unicodeScalars.dropFirst()
    while let letter = letters.popFirst() {
      let name = "-\(letter)"
      guard let option = known.options[name] else {
        guard Self.help.contains(name) else {
          throw unknown(name, in: word.unicodeScalars.count > 2 ? word : nil)
        }
        options.append(name)
        continue
      }
      // As in pflag, a value needs at least a character behind the mark.
      let joined = letters.count > 1 && letters.first == "=" ? letters.dropFirst() : nil
      if option.takesValue {
        let own = joined ?? (letters.isEmpty ? nil : letters)
        guard let value = own.map({ String($0) }) ?? rest.popFirst() else { throw missing(name) }
        options.append("\(option.canonicalName)=\(value)")
        return
      }
      try set(option, to: truth(joined.map { String($0) }, of: name))
      if joined != nil { return }
    }
  }

  private mutating func set(_ option: KnownOptions.Option, to value: Bool) {
    options.removeAll { option.names.contains($0) || $0 == option.opposite }
    if value {
      options.append(option.canonicalName)
    } else if let opposite = option.opposite {
      options.append(opposite)
    }
  }

  // MARK: Mistakes

  private func truth(_ value: String?, of name: String) throws(Diagnostic) -> Bool {
    guard let value else { return true }
    if let truth = Self.truth(value) { return truth }
    throw Diagnostic(.error, "\(name) is true or false, not '\(value)'", hint: helpHint)
  }

  private func missing(_ name: String) -> Diagnostic {
    Diagnostic(.error, "\(name) needs a value", hint: helpHint)
  }

  private func unknown(_ name: String, in word: String? = nil) -> Diagnostic {
    let place = word.map { " in \($0)" } ?? ""
    let names = known.options.keys.filter { $0.hasPrefix("--") }.sorted()
    let meant = name.hasPrefix("--") ? Suggestion.nearest(to: name, in: names) : nil
    return Diagnostic(
      .error, "`\(command)` has no option \(name)\(place)",
      hint: meant.map { "did you mean \($0)?" }
        ?? Self.hintBeforeCommand(name) ?? helpHint)
  }

  /// Options of the whole stand before the command.
  private static func hintBeforeCommand(_ name: String) -> String? {
    guard GlobalArguments.names.contains(name) else { return nil }
    return "\(name) is an option of roost itself: write it before the command"
  }

  private var helpHint: String { "\(command) --help lists the options" }
}
