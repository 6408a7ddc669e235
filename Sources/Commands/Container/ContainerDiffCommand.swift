import ArgumentParser
import Engine
import Image
import Model

/// `roost container diff`: what a container changed in its file system.
struct ContainerDiffCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show what a container changed in its file system.",
    discussion: "A: added, C: changed, D: deleted.")

  @ArgumentParser.Argument(help: "The container, by name or id.")
  var container: String

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    for change in try context.engine().changes(container: container) {
      context.print("\(change.kind.rawValue) \(change.path)")
    }
  }
}
