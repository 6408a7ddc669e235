import ArgumentParser
import Engine
import Linux
import Model

/// `roost container ls`.
struct ContainerListCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List containers.", aliases: ["list", "ps"])

  @Flag(name: [.customShort("a"), .long], help: "Also those that do not run.")
  var all = false
  @Option(
    name: [.customShort("f"), .long],
    help: ArgumentHelp(
      "Only some containers: name=TEXT, id=PREFIX, status=STATE, label=KEY[=VALUE], exited=CODE, "
        + "ancestor=IMAGE, project=NAME.", valueName: "filter"))
  var filter: [String] = []
  @Option(help: "table, json, or a Go template.")
  var format: String?
  @Option(name: [.customShort("n"), .long], help: "Only this many, the newest; running or not.")
  var last: Int?
  @Flag(name: [.customShort("l"), .long], help: "Only the newest, running or not.")
  var latest = false
  @Flag(help: "Do not cut long fields.")
  var noTrunc = false
  @Flag(name: [.customShort("q"), .long], help: "Only ids.")
  var quiet = false

  func run(in context: CommandContext) throws {
    var containers = try context.engine().allContainers().sorted { $0.created > $1.created }
    // Docker's own default is -1: as many as there are.
    let limit = latest ? 1 : last.flatMap { $0 < 0 ? nil : $0 }
    var anyStatus = all || limit != nil
    for word in filter {
      let (key, value) = Assignment.split(word)
      guard let value else { throw EngineError("--filter \(word): expected KEY=VALUE") }
      anyStatus = anyStatus || key == "status" || key == "exited"
      containers = containers.filter(try condition(key, value, context))
    }
    if !anyStatus {
      containers = containers.filter { [.running, .paused, .restarting].contains($0.status) }
    }
    if let limit { containers = Array(containers.prefix(limit)) }
    if quiet { return containers.forEach { context.print(noTrunc ? $0.id.hex : $0.id.short) } }
    let now = Clock.now()
    let cut = !noTrunc && format != "json"
    let listing = Listing(
      columns: [
        .init("ID", "CONTAINER ID"), .init("Image"), .init("Command"),
        .init("RunningFor", "CREATED"), .init("Status"), .init("Ports"), .init("Names"),
      ], rows: containers.map { ContainerRow.json($0, now: now, cut: cut) })
    context.print(try listing.text(format: format), terminator: "")
    if format == nil { ContainerRow.hostRootNotes(containers).forEach(context.note) }
  }

  /// What a filter asks of a container.
  private func condition(
    _ key: String, _ value: String, _ context: CommandContext
  ) throws -> (ContainerSummary) -> Bool {
    switch key {
    case "name": return { $0.name.contains(value) }
    case "id": return { $0.id.hex.hasPrefix(value) }
    case "label": return { LabelFilter.matches($0.labels, value) }
    case "status": return { $0.status.rawValue == value }
    case "project": return { $0.project == value }
    case "exited":
      guard let code = Int32(value) else {
        throw EngineError("--filter exited=\(value): expected an exit code")
      }
      return { $0.status == .exited && $0.exitCode == code }
    case "ancestor":
      let image = context.imageID(value)
      return { $0.imageID == image || $0.image == value }
    default:
      let known = ["name", "id", "status", "label", "exited", "ancestor", "project"]
      let near = Suggestion.nearest(to: key, in: known)
      throw EngineError(
        "--filter \(key): expected \(known.joined(separator: ", "))",
        hint: near.map { "did you mean \($0)?" })
    }
  }
}
