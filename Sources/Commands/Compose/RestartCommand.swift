import ArgumentParser
import Engine

/// `roost restart`: stop and start again.
struct RestartCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "restart", abstract: "Restart containers; changes of the file need up instead.")

  @Option(name: [.customShort("t"), .long], help: "Seconds a container may take to stop.")
  var timeout: Int?
  @Flag(help: "Do not restart dependent services.")
  var noDeps = false

  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let selection = try context.selection(services: services, comparing: true)
    let engine = context.engine(progress: context.progress("restart"))
    try engine.restart(
      selection, services: services, timeout: CommandContext.seconds(timeout),
      noDependencies: noDeps)
  }
}
