import ArgumentParser
import Engine
import Model

/// `roost stats`: what containers use.
struct StatsCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Show what containers use, anew every second.")

  static let dryRun = DryRun.changesNothing

  @OptionGroup var flags: UsageFlags
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services)
    context.revive(project: selection.name)
    try flags.show(in: context) {
      try context.engine().usage(selection, services: services, all: flags.all)
    }
  }
}
