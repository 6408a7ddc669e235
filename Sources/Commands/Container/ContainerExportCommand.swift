import ArgumentParser
import Engine

/// `roost container export`: a container's file system as a tar.
struct ContainerExportCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a container's file system to a tar.",
    discussion: "What lies in volumes and other mounts is not part of it.")

  @OptionGroup var flags: ExportFlags
  @Argument(help: "The container, by name or id.")
  var container: String

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    try flags.export(container, in: context)
  }
}
