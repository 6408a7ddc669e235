import ArgumentParser
import Engine
import Model

/// `roost export`: the file system of a service's container as a tar.
struct ExportCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write the file system of a service's container to a tar.",
    discussion: "What lies in volumes and other mounts is not part of it.")

  @OptionGroup var flags: ExportFlags
  @Option(help: "Number of the container when a service has several.")
  var index = 0
  @Argument(help: "The service.")
  var service: String

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let selection = try context.selection(services: [service])
    let container = try context.engine().anyContainer(
      selection, service: service, index: index > 0 ? index : nil)
    try flags.export(container, in: context)
  }
}
