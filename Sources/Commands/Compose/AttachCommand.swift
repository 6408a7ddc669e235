import ArgumentParser
import Engine
import Model

/// `roost attach`: join the streams of a service's container.
struct AttachCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "attach", abstract: "Join the streams of a service's container.")

  @OptionGroup var flags: AttachFlags
  @Option(help: "Number of the container when a service has several.")
  var index = 0
  @Argument(help: "The service.")
  var service: String

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let selection = try context.selection(services: [service])
    context.revive(project: selection.name)
    let container = try context.engine().runningContainer(
      selection, service: service, index: index > 0 ? index : nil)
    try flags.attach(to: container, in: context)
  }
}
