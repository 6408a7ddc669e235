import ArgumentParser
import Engine

/// `roost network prune`.
struct NetworkPruneCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove networks that no container is on.")

  @Flag(name: [.customShort("f"), .long], help: "Do not ask.")
  var force = false

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    guard force || Question.ask("This removes all networks that no container is on. Go on?")
    else { return }
    let removed = try context.engine().pruneNetworks()
    if !removed.isEmpty { context.print("Deleted Networks:") }
    removed.forEach { context.print($0) }
  }
}
