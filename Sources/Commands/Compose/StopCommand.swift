import ArgumentParser
import Engine

/// `roost stop`: stop containers.
struct StopCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Stop containers without removing them.")

  @Option(name: [.customShort("t"), .long], help: "Seconds a container may take to stop.")
  var timeout: Int?

  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let selection = try context.selection(services: services)
    let engine = context.engine(progress: context.progress("stop"))
    try engine.stop(selection, services: services, timeout: CommandContext.seconds(timeout))
  }
}
