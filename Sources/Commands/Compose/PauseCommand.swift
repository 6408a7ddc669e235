import ArgumentParser
import Engine

/// `roost pause`: freeze containers.
struct PauseCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Freeze all processes of containers.")

  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let selection = try context.selection(services: services)
    context.engine().revive(project: selection.name).forEach(context.show)
    let engine = context.engine(progress: context.progress("pause"))
    try engine.pause(selection, services: services)
  }
}
