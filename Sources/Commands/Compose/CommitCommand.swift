import ArgumentParser
import Engine
import Model

/// `roost commit`: an image of what a service's container has become.
struct CommitCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "commit", abstract: "Make an image of what a service's container has become.",
    discussion: "What lies in volumes and other mounts is not part of it.")

  @OptionGroup var flags: CommitFlags
  @Option(help: "Number of the container when a service has several.")
  var index = 0
  @Argument(help: "The service.")
  var service: String
  @Argument(help: "The name of the image; none leaves it without.")
  var image: String?

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let selection = try context.selection(services: [service])
    let container = try context.engine().anyContainer(
      selection, service: service, index: index > 0 ? index : nil)
    try flags.commit(container, as: image, in: context)
  }
}
