import ArgumentParser
import Engine
import Linux
import Model

/// `roost container ls`.
struct ContainerListCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List containers.", aliases: ["list", "ps"])

  @Flag(name: [.customShort("a"), .long], help: "Also those that do not run.")
  var all = false
  @Option(
    name: [.customShort("f"), .long],
    help: ArgumentHelp(
      "Only some containers: name=TEXT, id=PREFIX, status=STATE, label=KEY[=VALUE].",
      valueName: "filter"))
  var filter: [String] = []
  @Option(help: "table, json, or a Go template.")
  var format: String?
  @Flag(help: "Do not cut long fields.")
  var noTrunc = false
  @Flag(name: [.customShort("q"), .long], help: "Only ids.")
  var quiet = false

  func run(in context: CommandContext) throws {
    var containers = try context.engine().allContainers()
    var anyStatus = all
    for word in filter {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw EngineError("--filter \(word): expected KEY=VALUE") }
      switch parts[0] {
      case "name": containers = containers.filter { $0.name.contains(parts[1]) }
      case "id": containers = containers.filter { $0.id.hex.hasPrefix(parts[1]) }
      case "label": containers = containers.filter { LabelFilter.matches($0.labels, parts[1]) }
      case "status":
        anyStatus = true
        containers = containers.filter { $0.status.rawValue == parts[1] }
      default: throw EngineError("--filter \(parts[0]): expected name, id, status or label")
      }
    }
    if !anyStatus {
      containers = containers.filter { [.running, .paused, .restarting].contains($0.status) }
    }
    containers.sort { $0.created > $1.created }
    if quiet { return containers.forEach { context.print(noTrunc ? $0.id.hex : $0.id.short) } }
    let now = Clock.now()
    let cut = !noTrunc && format != "json"
    let listing = Listing(
      columns: [
        .init("ID", "CONTAINER ID"), .init("Image"), .init("Command"),
        .init("RunningFor", "CREATED"), .init("Status"), .init("Ports"), .init("Names"),
      ], rows: containers.map { ContainerRow.json($0, now: now, cut: cut) })
    context.print(try listing.text(format: format), terminator: "")
  }
}
