import ArgumentParser
import Engine

/// `roost container rm`.
struct ContainerRemoveCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove containers.", aliases: ["remove"])

  @Flag(name: [.customShort("f"), .long], help: "Kill them first if they run.")
  var force = false
  @Flag(name: [.customShort("v"), .long], help: "Remove their anonymous volumes too.")
  var volumes = false
  @Argument(help: "Containers, by name or id.")
  var containers: [String]

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    try Removal.each(containers, in: context) { name throws(EngineError) in
      try context.engine().removeContainer(name, force: force, volumes: volumes)
    }
  }
}
