import ArgumentParser
import Engine
import Model

/// `roost container stats`: what containers use.
struct ContainerStatsCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Show what containers use, anew every second.")

  static let dryRun = DryRun.changesNothing

  @OptionGroup var flags: UsageFlags
  @Argument(help: "Containers, by name or id; none means all that run.")
  var containers: [String] = []

  func run(in context: CommandContext) throws {
    context.reviveAll()
    try flags.show(in: context) {
      try context.engine().usage(containers: containers, all: flags.all)
    }
  }
}
