import ArgumentParser
import Model

/// Finds a command that does not exist, before the parser complains of something behind it.
enum UnknownCommand {
  /// What to say about the first word that names no command; nil when all do.
  static func diagnostic(for arguments: [String]) -> Diagnostic? {
    var parent: any ParsableCommand.Type = CommandTree.self
    var path = ""
    for word in arguments where !parent.configuration.subcommands.isEmpty {
      guard !word.hasPrefix("-") else { return nil }
      let commands = parent.configuration.subcommands
      guard let next = commands.first(where: { names(of: $0).contains(word) }) else {
        let known = commands.filter { $0.configuration.shouldDisplay }
          .flatMap { names(of: $0) }
        let hint =
          Suggestion.nearest(to: word, in: known).map { "did you mean `\(path)\($0)`?" }
          ?? "roost \(path)--help lists the commands"
        return Diagnostic(.error, "there is no command `\(path)\(word)`", hint: hint)
      }
      parent = next
      path += word + " "
    }
    return nil
  }

  private static func names(of command: any ParsableCommand.Type) -> [String] {
    [command.configuration.commandName].compactMap(\.self) + command.configuration.aliases
  }
}
