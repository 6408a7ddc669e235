import ArgumentParser
import Engine
import Model

/// `roost container attach`.
struct ContainerAttachCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "attach", abstract: "Join the streams of a container that runs.")

  @OptionGroup var flags: AttachFlags
  @Argument(help: "The container, by name or id.")
  var container: String

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    context.revive(container: container)
    try flags.attach(to: container, in: context)
  }
}
