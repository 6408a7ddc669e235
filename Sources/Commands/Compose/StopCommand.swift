import ArgumentParser
import Engine

/// `roost stop`: stop containers.
struct StopCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Stop containers without removing them.")

  @Option(name: [.customShort("t"), .long], help: "Seconds a container may take to stop.")
  var timeout: Int?

  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services)
    if context.global.dryRun {
      return context.show(plan: try context.engine().planStop(selection, services: services))
    }
    try context.requireRoot()
    let engine = context.engine(progress: context.progress("stop"))
    try engine.stop(selection, services: services, timeout: CommandContext.patience(timeout))
  }
}
