import ArgumentParser

/// The options of a command by each of their names, as the parser knows them.
struct KnownOptions {
  /// One option, under all its names.
  struct Option {
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
  private(set) var passesRestOn = false

  /// Sorts what the parser knows of a command.
  init(of command: any ParsableCommand.Type) {
    for argument in CommandDescription(of: command).arguments {
      guard argument.kind != .positional else {
        passesRestOn = passesRestOn || argument.takesRest
        continue
      }
      // The two words of a flag that can be taken back come as one argument.
      let negated = argument.names.filter { $0.hasPrefix("--no-") }
      let plain = argument.names.filter { !negated.contains($0) }
      for names in plain.isEmpty || negated.isEmpty ? [argument.names] : [plain, negated] {
        let option = Option(names: names, takesValue: argument.kind == .option)
        for name in names { options[name] = option }
      }
    }
    for name in options.keys where name.hasPrefix("--no-") {
      let plain = "--" + name.dropFirst("--no-".count)
      guard options[name]?.takesValue == false, let names = options[plain]?.names else { continue }
      for other in names { options[other]?.opposite = name }
      for other in options[name]?.names ?? [] { options[other]?.opposite = plain }
    }
  }
}
