import ArgumentParser
import Model

/// Finds a command that does not exist, before the parser complains of something behind it.
enum UnknownCommand {
  /// What to say about the first word that names no command; nil when all do.
  static func diagnostic(for arguments: [String]) -> Diagnostic? {
    let (parent, count) = CommandTree.find(arguments)
    let commands = parent.configuration.subcommands
    guard !commands.isEmpty, count < arguments.count, !arguments[count].hasPrefix("-") else {
      return nil
    }
    let path = arguments[..<count].map { "\($0) " }.joined()
    let word = arguments[count]
    let known = commands.filter { $0.configuration.shouldDisplay }.flatMap {
      CommandTree.names(of: $0)
    }
    let hint =
      Suggestion.nearest(to: word, in: known).map { "did you mean `\(path)\($0)`?" }
      ?? "roost \(path)--help lists the commands"
    return Diagnostic(.error, "there is no command `\(path)\(word)`", hint: hint)
  }
}

extension CommandTree {
  /// The command that the first words name, and how many they are.
  static func find(_ words: [String]) -> (command: any ParsableCommand.Type, count: Int) {
    var command: any ParsableCommand.Type = CommandTree.self
    for (count, word) in words.enumerated() {
      let next = command.configuration.subcommands.first { names(of: $0).contains(word) }
      guard let next else { return (command, count) }
      command = next
    }
    return (command, words.count)
  }

  fileprivate static func names(of command: any ParsableCommand.Type) -> [String] {
    [command.configuration.commandName].compactMap(\.self) + command.configuration.aliases
  }
}
