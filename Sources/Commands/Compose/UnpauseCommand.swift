import ArgumentParser
import Engine
import Model

/// `roost unpause`: thaw containers.
struct UnpauseCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "unpause", abstract: "Thaw what pause froze.")

  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services)
    if context.global.dryRun {
      let names = try context.containers(of: selection, services, in: [.paused])
      return context.show("unpause container", names, because: "unpause was asked for")
    }
    try context.requireRoot()
    let engine = context.engine(progress: context.progress("unpause"))
    try engine.unpause(selection, services: services)
  }
}
