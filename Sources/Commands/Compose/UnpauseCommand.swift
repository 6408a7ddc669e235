import ArgumentParser
import Engine

/// `roost unpause`: thaw containers.
struct UnpauseCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "unpause", abstract: "Thaw what pause froze.")

  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let selection = try context.selection(services: services)
    context.engine().revive(project: selection.name).forEach(context.show)
    let engine = context.engine(progress: context.progress("unpause"))
    try engine.unpause(selection, services: services)
  }
}
