import ArgumentParser
import Engine
import Model

/// `roost container prune`.
struct ContainerPruneCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove all containers that do not run.")

  @Flag(name: [.customShort("f"), .long], help: "Do not ask.")
  var force = false
  @Option(
    help: ArgumentHelp("Only some containers: label=KEY[=VALUE].", valueName: "filter"))
  var filter: [String] = []

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let labels = try filter.map { word in
      let (key, value) = Assignment.split(word)
      guard key == "label", let value else {
        throw EngineError("--filter \(word): expected label=KEY or label=KEY=VALUE")
      }
      return value
    }
    let question = "This removes all containers that do not run, those of projects too. Go on?"
    guard force || Question.ask(question) else { return }
    let removed = try context.engine().pruneContainers { container in
      labels.allSatisfy { LabelFilter.matches(container.labels, $0) }
    }
    removed.forEach { context.print($0) }
  }
}
