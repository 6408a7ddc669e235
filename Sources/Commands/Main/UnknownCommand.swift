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
    if count == 0, let hint = DockerWords.hint(for: word, arguments.dropFirst()) {
      return Diagnostic(.error, "there is no command `\(word)`", hint: hint)
    }
    let known = commands.filter { $0.configuration.shouldDisplay }.flatMap {
      CommandTree.names(of: $0)
    }
    let hint =
      suggestion(for: word, in: known).map { "did you mean `\(path)\($0)`?" }
      ?? "roost \(path)--help lists the commands"
    return Diagnostic(.error, "there is no command `\(path)\(word)`", hint: hint)
  }
}

extension UnknownCommand {
  /// Commands that end or remove something: whoever follows a suggestion blindly must lose nothing.
  private static let ending: Set<String> = [
    "down", "rm", "remove", "kill", "stop", "restart", "prune", "uninstall", "disconnect",
  ]

  /// A command that is written nearly as `word` is and ends nothing.
  private static func suggestion(for word: String, in known: [String]) -> String? {
    guard word.count > 2 else { return nil }
    // What begins otherwise is another word rather than a slip.
    let candidates = known.filter { $0.first == word.first && !ending.contains($0) }
    return Suggestion.nearest(to: word, in: candidates)
  }
}

extension CommandTree {
  /// The words that name a command of the tree.
  static func words(of command: any ParsableCommand.Type) -> [String] {
    func search(_ parent: any ParsableCommand.Type) -> [String]? {
      for child in parent.configuration.subcommands {
        let name = child.configuration.commandName ?? ""
        if child == command { return [name] }
        if let rest = search(child) { return [name] + rest }
      }
      return nil
    }
    return search(CommandTree.self) ?? []
  }

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
