import ArgumentParser
import Engine
import Model

/// `roost pause`: freeze containers.
struct PauseCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Freeze all processes of containers.")

  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services)
    if context.global.dryRun {
      let names = try context.containers(of: selection, services, in: [.running])
      return context.show("pause container", names, because: "pause was asked for")
    }
    try context.requireRoot()
    let engine = context.engine(progress: context.progress("pause"))
    try engine.pause(selection, services: services)
  }
}
