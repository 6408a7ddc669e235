import ArgumentParser

/// The options of a command by each of their names, as the parser knows them.
struct KnownOptions: Equatable {
  /// One option, under all its names.
  struct Option: Equatable {
    /// Its names with their dashes.
    var names: [String]
    /// True when it takes a value.
    var takesValue: Bool
    /// The flag that says the contrary.
    var opposite: String?

    /// The name that the parser is given: the first long one, or the only one.
    var canonicalName: String { names.first { $0.hasPrefix("--") } ?? names[0] }
  }

  /// The options by name.
  private(set) var options: [String: Option] = [:]
  /// True for commands that run another program: what follows the first word is its own.
  var passesRestOn = false

  /// Those of a command that has none.
  init() {}

  /// Sorts what the parser knows of a command.
  init(of command: any ParsableCommand.Type) {
    var last: CommandDescription.Argument?
    for argument in CommandDescription(of: command).arguments {
      defer { last = argument }
      guard argument.kind != .positional else {
        passesRestOn = passesRestOn || argument.takesRest
        continue
      }
      let option = Option(names: argument.names, takesValue: argument.kind == .option)
      add(option)
      if let last, argument.takesBack(last) { oppose(last.names, argument.names) }
    }
    // Docker's programs know these two apart, and mean one thing.
    if let plain = options["--tty"], let negated = options["--no-tty"] {
      oppose(plain.names, negated.names)
    }
  }

  /// Adds an option under all its names.
  mutating func add(_ option: Option) {
    for name in option.names { options[name] = option }
  }

  /// Remembers which of two flags says the contrary of the other.
  private mutating func oppose(_ plain: [String], _ negated: [String]) {
    let said = options[plain[0]]?.canonicalName
    let opposite = options[negated[0]]?.canonicalName
    for name in plain { options[name]?.opposite = opposite }
    for name in negated { options[name]?.opposite = said }
  }
}

extension CommandDescription.Argument {
  /// True for the second of the two that the parser makes of one flag that can be taken back:
  /// `--no-x` behind `--x`. Flags that were declared apart, as `--build` and `--no-build`, have each
  /// their own text.
  func takesBack(_ other: Self) -> Bool {
    names.allSatisfy { name in
      name.hasPrefix("--no-") && other.names.contains("--" + name.dropFirst("--no-".count))
    } && abstract == other.abstract
  }
}
