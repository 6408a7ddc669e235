import ArgumentParser
import Engine
import Model

/// `roost container pause`.
struct ContainerPauseCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Stop all processes of containers where they are.")

  @Argument(help: "Containers, by name or id.")
  var containers: [String]

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    try Removal.each(containers, in: context) { name throws(EngineError) in
      context.revive(container: name)
      try context.engine().pauseContainer(name)
    }
  }
}
