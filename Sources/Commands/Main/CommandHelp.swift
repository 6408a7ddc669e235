import ArgumentParser

/// The help of a command, as the parser writes it and with what every command has besides.
enum CommandHelp {
  /// True for a command that takes `--dry-run` and does not refuse it.
  static func hasDryRun(_ command: any ParsableCommand.Type) -> Bool {
    (command as? any ContextCommand.Type).map { $0.dryRun != .missing } ?? false
  }

  /// Adds `--dry-run` to the options, before `--help`; the parser does not know it.
  static func withDryRun(_ text: String, of command: any ParsableCommand.Type) -> String {
    guard hasDryRun(command) else { return text }
    let mark = "\n  -h, --help"
    guard !text.contains("\n  \(CommandWords.dryRunName) "), text.contains("\nOPTIONS:"),
      let place = text.firstRange(of: mark)
    else { return text }
    let name = CommandWords.dryRunName
    let blanks = String(repeating: " ", count: 24 - name.count)
    let line = "\n  \(name)\(blanks)\(CommandWords.dryRunHelp)"
    return text[..<place.lowerBound] + line + text[place.lowerBound...]
  }
}
