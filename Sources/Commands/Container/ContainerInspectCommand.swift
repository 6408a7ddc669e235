import ArgumentParser
import Engine
import Model

/// `roost container inspect`.
struct ContainerInspectCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show all that is known of containers.")

  @Option(name: [.customShort("f"), .long], help: "json or a Go template.")
  var format: String?
  @Argument(help: "Containers, by name or id.")
  var containers: [String]

  func run(in context: CommandContext) throws {
    let engine = context.engine()
    let all = try engine.allContainers()
    try Inspection.print(containers, kind: "container", format: format, in: context) { name in
      guard all.contains(where: { $0.name == name || $0.id.hex.hasPrefix(name) }) else {
        return nil
      }
      return try engine.inspect(container: name)
    } candidates: {
      all.map(\.name)
    }
  }
}
