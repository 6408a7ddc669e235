import ArgumentParser
import Engine
import Model

/// `roost container unpause`.
struct ContainerUnpauseCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "unpause", abstract: "Let the processes of paused containers go on.")

  @Argument(help: "Containers, by name or id.")
  var containers: [String]

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    try Removal.each(containers, in: context) { name throws(EngineError) in
      context.revive(container: name)
      try context.engine().unpauseContainer(name)
    }
  }
}
