import ArgumentParser
import Engine

/// `roost network rm`.
struct NetworkRemoveCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove networks.", aliases: ["remove"])

  @Argument(help: "Networks, by name or id.")
  var networks: [String]

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    try Removal.each(networks, in: context) { name throws(EngineError) in
      try context.engine().removeNetwork(name)
    }
  }
}
