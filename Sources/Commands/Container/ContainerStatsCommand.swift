import ArgumentParser
import Engine
import Model

/// `roost container stats`: what containers use.
struct ContainerStatsCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Show what containers use, anew every second.")

  @OptionGroup var flags: UsageFlags
  @Argument(help: "Containers, by name or id; none means all that run.")
  var containers: [String] = []

  func run(in context: CommandContext) throws {
    context.engine().reviveAll().forEach(context.show)
    try flags.show(in: context) {
      try context.engine().usage(containers: containers, all: flags.all)
    }
  }
}
