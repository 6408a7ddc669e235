import ArgumentParser
import Engine
import Model

/// `roost container restart`.
struct ContainerRestartCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "restart", abstract: "Stop containers and start them again.")

  @Option(name: [.customShort("t"), .long], help: "Seconds until they are killed.")
  var timeout: Int?
  @Argument(help: "Containers, by name or id.")
  var containers: [String]

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let patience = CommandContext.patience(timeout)
    let engine = context.engine(progress: context.progress("restart"))
    try Removal.each(containers, in: context) { name throws(EngineError) in
      try engine.restartContainer(name, timeout: patience)
    }
  }
}
