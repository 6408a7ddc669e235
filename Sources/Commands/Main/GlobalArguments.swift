import Compose
import Model

/// Splits a command line into the global options before the command and the rest.
///
/// `-f` means a file before `logs` and "follow" after it, so the two parts are parsed apart.
struct GlobalArguments {
  /// What the options before the command say.
  var options = GlobalOptions()
  /// The command and what follows it.
  var rest: [String] = []

  private enum Setting {
    case value(@Sendable (inout GlobalOptions, String, String) throws(Diagnostic) -> Void)
    case flag(@Sendable (inout GlobalOptions, Bool) -> Void)
  }

  /// The names of all global options.
  static var names: [String] { settings.keys.sorted() }

  /// Whether a global option takes a value; nil when there is no such option.
  static func takesValue(_ name: String) -> Bool? {
    switch settings[name] {
    case .value: true
    case .flag: false
    case nil: nil
    }
  }

  private static let settings: [String: Setting] = [
    "-f": .value { options, value, _ in options.files.append(value) },
    "--file": .value { options, value, _ in options.files.append(value) },
    "-p": .value { options, value, _ in options.projectName = value },
    "--project-name": .value { options, value, _ in options.projectName = value },
    "--project-directory": .value { options, value, _ in options.projectDirectory = value },
    "--workdir": .value { options, value, _ in
      if options.projectDirectory == nil { options.projectDirectory = value }
    },
    "--env-file": .value { options, value, _ in options.environmentFiles.append(value) },
    "--profile": .value { options, value, _ in options.profiles.append(value) },
    "--ansi": .value { options, value, name throws(Diagnostic) in
      options.ansi = try choice(value, of: name)
    },
    "--progress": .value { options, value, name throws(Diagnostic) in
      options.progress = try choice(value, of: name)
    },
    "--parallel": .value { options, value, name throws(Diagnostic) in
      options.parallel = try Parallelism(value, of: name)
    },
    "--insecure-registry": .value { options, value, _ in
      options.insecureRegistries.append(value)
    },
    "--root": .value { options, value, _ in options.root = value },
    "--run-root": .value { options, value, _ in options.runRoot = value },
    "--userns": .value { options, value, name throws(Diagnostic) in
      options.userns = try choice(value, of: name)
    },
    "--dry-run": .flag { options, isSet in options.dryRun = isSet },
    "--locked": .flag { options, isSet in options.lock = isSet ? .required : .honoured },
    "--all-resources": .flag { options, isSet in options.allResources = isSet },
    "--compatibility": .flag { options, isSet in options.compatibility = isSet },
    "--debug": .flag { options, isSet in options.debug = isSet },
    // Compose V1 had these two.
    "--verbose": .flag { options, isSet in options.debug = isSet },
    "--no-ansi": .flag { options, isSet in if isSet { options.ansi = .never } },
    "-v": .flag { options, isSet in options.version = isSet },
    "--version": .flag { options, isSet in options.version = isSet },
  ]

  /// Splits `arguments`, which do not contain the program's name.
  init(_ arguments: [String]) throws(Diagnostic) {
    var index = 0
    while index < arguments.count {
      guard let (name, joined) = Self.option(arguments[index]), let setting = Self.settings[name]
      else { break }
      index += 1
      switch setting {
      case .flag(let set): set(&options, try Self.truth(joined, of: name))
      case .value(let set):
        var value = joined
        if value == nil, index < arguments.count {
          value = arguments[index]
          index += 1
        }
        guard let value else { throw Diagnostic(.error, "\(name) needs a value") }
        try set(&options, value, name)
      }
    }
    rest = Array(arguments[index...])
  }

  /// The name of an option, and the value in the same word: `--file=a`, `-fa`, `-f=a`.
  private static func option(_ word: String) -> (name: String, value: String?)? {
    guard word.hasPrefix("-"), word.count > 1 else { return nil }
    if word.hasPrefix("--") {
      guard let mark = word.firstIndex(of: "=") else { return (word, nil) }
      return (String(word[..<mark]), String(word[word.index(after: mark)...]))
    }
    let rest = word.dropFirst(2)
    guard !rest.isEmpty else { return (word, nil) }
    return (String(word.prefix(2)), String(rest.hasPrefix("=") ? rest.dropFirst() : rest))
  }

  /// What a flag with a value says, as in `--dry-run=false`.
  private static func truth(_ value: String?, of name: String) throws(Diagnostic) -> Bool {
    guard let value else { return true }
    if let truth = CommandWords.truth(value) { return truth }
    throw Diagnostic(.error, "\(name) is true or false, not '\(value)'")
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ value: String, of name: String
  ) throws(Diagnostic) -> Choice {
    if let choice = Choice(rawValue: value) { return choice }
    let all = Choice.allCases.map(\.rawValue)
    let near = Suggestion.nearest(to: value, in: all)
    throw Diagnostic(
      .error, "\(name) cannot be '\(value)'",
      hint: near.map { "did you mean \($0)?" } ?? "it can be " + all.joined(separator: ", "))
  }
}
