import ArgumentParser

/// Writes the table of the options of all commands, and reads a command's out of it.
///
/// The parser can only be asked for all that it knows of a command, help texts and all, which takes
/// longer than everything else before a command begins. So it is asked when the sources are made:
/// `make docs` writes `OptionTable.swift`. One line, and indented ones that go on, for each command:
///
///     exec: ... -d,--detach -e,--env= -t,--tty!--no-tty
///
/// has the names of each option; behind them `=` when it takes a value, and `!` and the flag that
/// says the contrary. Three dots: what follows the first operand is another program's.
enum OptionTableText {
  private static let width = 96
  private static let passesRestOn = "..."

  /// The source file.
  static var file: String {
    let lines = CommandTree.leaves().flatMap { words, command in
      wrapped(
        words.joined(separator: " ") + ":",
        tokens(of: KnownOptions(of: command)))
    }
    return """
      /// The options of all commands, as `make docs` writes them from what the commands declare.
      enum OptionTable {
        /// Read by `OptionTableText`.
        static let text = \"""
      \(lines.map { "    \($0)" }.joined(separator: "\n"))
          \"""
      }

      """
  }

  /// The options of the command that these words name, without aliases; nil for one that is not in
  /// a table.
  static func options(of words: [String], in text: String = OptionTable.text) -> KnownOptions? {
    let lines = text.split(separator: "\n")
    let head = words.joined(separator: " ") + ":"
    guard let first = lines.firstIndex(where: { $0.hasPrefix(head) }) else { return nil }
    let rest = lines[(first + 1)...].prefix { $0.hasPrefix(" ") }
    var known = KnownOptions()
    for line in [lines[first].dropFirst(head.count)] + rest {
      for token in line.split(separator: " ") { read(token, into: &known) }
    }
    return known
  }

  private static func read(_ token: Substring, into known: inout KnownOptions) {
    guard token != passesRestOn else { return known.passesRestOn = true }
    let parts = token.split(separator: "!", maxSplits: 1)
    let takesValue = parts[0].hasSuffix("=")
    let names = (takesValue ? parts[0].dropLast() : parts[0]).split(separator: ",")
    known.add(
      KnownOptions.Option(
        names: names.map(String.init), takesValue: takesValue,
        opposite: parts.count > 1 ? String(parts[1]) : nil))
  }

  private static func tokens(of known: KnownOptions) -> [String] {
    var tokens = known.passesRestOn ? [passesRestOn] : []
    for name in known.options.keys.sorted() {
      guard let option = known.options[name], option.names[0] == name else { continue }
      let opposite = option.opposite.map { "!\($0)" } ?? ""
      tokens.append(
        option.names.joined(separator: ",") + (option.takesValue ? "=" : "") + opposite)
    }
    return tokens
  }

  private static func wrapped(_ head: String, _ tokens: [String]) -> [String] {
    var lines = [head]
    for token in tokens {
      if lines[lines.count - 1].count + token.count + 1 > width - 4 { lines.append(" ") }
      lines[lines.count - 1] += " \(token)"
    }
    return lines
  }
}
