/// The help of a command, as the parser writes it and with what every command has besides.
enum CommandHelp {
  /// Adds `--dry-run` to the options, before `--help`; the parser does not know it.
  static func withDryRun(_ text: String) -> String {
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
