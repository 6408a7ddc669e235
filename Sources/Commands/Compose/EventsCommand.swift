import ArgumentParser
import Engine
import Model
import State

/// `roost events`: what happens to the containers.
struct EventsCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "events", abstract: "Show what happens to containers, as it happens.")

  @Flag(help: "One JSON object a line.")
  var json = false
  @Option(help: "Also events since a time or an age.")
  var since: String?
  @Option(help: "Until a time or an age.")
  var until: String?
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services)
    try context.engine().events(
      selection, services: services,
      since: try MomentArgument.parse(since, option: "--since"),
      until: try MomentArgument.parse(until, option: "--until")
    ) { event in
      if json { context.print(object(event).text()) } else { context.print(line(event)) }
    }
  }

  private func object(_ event: EngineEvent) -> JSON {
    [
      "action": .string(event.action), "attributes": LabelText.json(event.attributes),
      "id": .string(event.id.hex), "service": .string(event.service),
      "time": .string(event.time.rfc3339), "type": "container",
    ]
  }

  private func line(_ event: EngineEvent) -> TerminalText {
    let attributes = event.attributes.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    let time = event.time.rfc3339(fractionDigits: 6)
    return "\(time) container \(event.action) \(event.id.hex) (\(attributes))"
  }
}
