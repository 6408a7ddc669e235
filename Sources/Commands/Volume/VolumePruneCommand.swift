import ArgumentParser
import Engine

/// `roost volume prune`.
struct VolumePruneCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove volumes that no container mounts.")

  @Flag(name: [.customShort("a"), .long], help: "Also volumes with a name.")
  var all = false
  @Flag(name: [.customShort("f"), .long], help: "Do not ask.")
  var force = false

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let kind = all ? "all volumes" : "all anonymous volumes"
    guard force || Question.ask("This removes \(kind) that no container mounts. Go on?") else {
      return
    }
    let removed = try context.engine().pruneVolumes(named: all)
    if !removed.isEmpty {
      context.print("Deleted Volumes:")
      removed.forEach { context.print($0.name) }
      context.print("")
    }
    context.print(
      "Total reclaimed space: \(HumanSize.decimal(removed.map(\.size).reduce(0, +)))")
  }
}
