import ArgumentParser
import Engine

/// `roost restart`: stop and start again.
struct RestartCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "restart", abstract: "Restart containers; changes of the file need up instead.")

  @Option(name: [.customShort("t"), .long], help: "Seconds a container may take to stop.")
  var timeout: Int?
  @Flag(help: "Do not restart dependent services.")
  var noDeps = false

  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services, comparing: true)
    if context.global.dryRun {
      return context.show(
        plan: try context.engine().planRestart(
          selection, services: services, noDependencies: noDeps))
    }
    try context.requireRoot()
    let engine = context.engine(progress: context.progress("restart"))
    try engine.restart(
      selection, services: services, timeout: CommandContext.patience(timeout),
      noDependencies: noDeps)
  }
}
