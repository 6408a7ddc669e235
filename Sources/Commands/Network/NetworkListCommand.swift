import ArgumentParser
import Engine
import Model

/// `roost network ls`.
struct NetworkListCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List networks.", aliases: ["list"])

  @Option(
    name: [.customShort("f"), .long],
    help: ArgumentHelp(
      "Only some networks: name=TEXT, id=PREFIX, driver=NAME, label=KEY[=VALUE].",
      valueName: "filter"))
  var filter: [String] = []
  @Option(help: "table, json, or a Go template.")
  var format: String?
  @Flag(help: "Do not cut ids.")
  var noTrunc = false
  @Flag(name: [.customShort("q"), .long], help: "Only ids.")
  var quiet = false

  func run(in context: CommandContext) throws {
    var networks = try context.engine().networks(project: nil)
    for word in filter {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw EngineError("--filter \(word): expected KEY=VALUE") }
      switch parts[0] {
      case "name": networks = networks.filter { $0.name.contains(parts[1]) }
      case "id": networks = networks.filter { $0.id.hex.hasPrefix(parts[1]) }
      case "driver": networks = networks.filter { $0.driver == parts[1] }
      case "label": networks = networks.filter { LabelFilter.matches($0.labels, parts[1]) }
      default: throw EngineError("--filter \(parts[0]): expected name, id, driver or label")
      }
    }
    networks.sort { $0.name < $1.name }
    if quiet { return networks.forEach { context.print(noTrunc ? $0.id.hex : $0.id.short) } }
    let listing = Listing(
      columns: [
        .init("ID", "NETWORK ID"), .init("Name"), .init("Driver"), .init("Subnet"),
        .init("Scope"),
      ], rows: networks.map(row))
    context.print(try listing.text(format: format), terminator: "")
  }

  private func row(_ network: NetworkSummary) -> JSON {
    [
      "CreatedAt": .string(ContainerRow.shownTime(network.created)),
      "Driver": .string(network.driver),
      "ID": .string(noTrunc ? network.id.hex : network.id.short),
      "IPv6": .string(String(network.enableIPv6)),
      "Internal": .string(String(network.isInternal)),
      "Labels": .string(LabelText.text(network.labels)), "Name": .string(network.name),
      "Subnet": .string(network.subnets.map(\.subnet).joined(separator: ",")),
      "Scope": "local",
    ]
  }
}
