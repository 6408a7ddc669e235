import ArgumentParser
import Engine
import Linux
import Model

/// `roost ps`: the containers of a project.
struct PsCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "ps", abstract: "List the containers of the project.")

  @Flag(name: [.customShort("a"), .long], help: "Also those that do not run.")
  var all = false
  @Option(help: ArgumentHelp("Only containers with a property.", valueName: "status=state"))
  var filter: [String] = []
  @Option(help: "table, json, or a Go template.")
  var format: String?
  @Flag(help: "Do not cut long fields.")
  var noTrunc = false
  @Flag(inversion: .prefixedNo, help: "Include services that are not in the file.")
  var orphans = true
  @Flag(name: [.customShort("q"), .long], help: "Only ids.")
  var quiet = false
  @Flag(name: .customLong("services"), help: "Only service names.")
  var onlyServices = false
  @Option(help: "Only containers in a state; may be repeated.")
  var status: [String] = []
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let selection = try context.selection()
    var options = ListOptions()
    options.services = services
    options.orphans = orphans
    options.statuses = try wantedStatuses()
    options.all = all || !options.statuses.isEmpty
    context.engine().revive(project: selection.name).forEach(context.show)
    let containers = try context.engine().containers(selection, options).sorted {
      $0.name < $1.name
    }
    if quiet { return containers.forEach { context.print($0.id.hex) } }
    if onlyServices {
      return Set(containers.map(\.service)).sorted().forEach { context.print($0) }
    }
    context.print(try listing(containers).text(format: format), terminator: "")
    if format == nil { ContainerRow.hostRootNotes(containers).forEach(context.note) }
  }

  private func wantedStatuses() throws -> Set<ContainerStatus> {
    var words = status
    for word in filter {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, parts[0] == "status" else {
        throw EngineError("--filter \(word): only status=STATE is known")
      }
      words.append(parts[1])
    }
    return Set(
      try words.map { word in
        guard let status = ContainerStatus(rawValue: word) else {
          throw EngineError(
            "\(word) is not a state of a container",
            hint: "expected created, running, paused, restarting, removing, exited or dead")
        }
        return status
      })
  }

  private func listing(_ containers: [ContainerSummary]) -> Listing {
    let now = Clock.now()
    // The table cuts what the other forms show whole.
    let isTable = format == nil || format == "table" || format?.hasPrefix("table ") == true
    return Listing(
      columns: [
        .init("Name"), .init("Image"), .init("Command"), .init("Service"),
        .init("RunningFor", "CREATED"), .init("Status"), .init("Ports"),
      ],
      rows: containers.map { ContainerRow.json($0, now: now, cut: isTable && !noTrunc) })
  }
}
