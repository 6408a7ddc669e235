import ArgumentParser
import Engine
import Model

/// `roost network connect`.
struct NetworkConnectCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "connect", abstract: "Put a container on a network, also while it runs.")

  @Option(help: "A name by which others on the network find the container; may be repeated.")
  var alias: [String] = []
  @Option(
    help: ArgumentHelp(
      "An option for this end of the network: com.docker.network.endpoint.ifname, .macaddress or "
        + ".sysctls; may be repeated.", valueName: "key=value"))
  var driverOpt: [String] = []
  @Option(
    parsing: .unconditional, help: "The network of the highest priority has the default route.")
  var gwPriority = 0
  @Option(help: "Its IPv4 address.")
  var ip: String?
  @Option(help: "Its IPv6 address.")
  var ip6: String?
  @Option(
    help: ArgumentHelp(
      "Another container, under a name that this one alone knows; may be repeated.",
      valueName: "container[:alias]"))
  var link: [String] = []
  @Option(help: "A further address, which holds on the link alone; may be repeated.")
  var linkLocalIp: [String] = []
  @Argument(help: "The network, by name or id.") var network: String
  @Argument(help: "The container, by name or id.") var container: String

  func validate() throws {
    try Self.check(ip, "--ip", .ipv4)
    try Self.check(ip6, "--ip6", .ipv6)
    for text in linkLocalIp where IPAddress(text) == nil {
      throw ValidationError("--link-local-ip \(text): expected an address")
    }
  }

  private static func check(_ text: String?, _ option: String, _ family: IPAddress.Family) throws {
    guard let text, IPAddress(text)?.family != family else { return }
    throw ValidationError(
      "\(option) \(text): expected an \(family == .ipv4 ? "IPv4" : "IPv6") address")
  }

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    var options = ConnectOptions()
    options.aliases = alias
    options.addresses = [ip, ip6].compactMap(\.self)
    options.linkLocalAddresses = linkLocalIp
    options.links = link.map { word in
      let sides = word.split(separator: ":", maxSplits: 1).map(String.init)
      return Link(target: sides.first ?? "", alias: sides.last ?? "")
    }
    options.driverOptions = Assignments.map(driverOpt)
    options.gatewayPriority = gwPriority
    try context.engine(progress: context.progress("network connect"))
      .connect(container, to: network, options)
  }
}

/// `roost network disconnect`.
struct NetworkDisconnectCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "disconnect", abstract: "Take a container off a network, also while it runs.")

  @Flag(
    name: [.customShort("f"), .long], help: "Say nothing when the container is not on the network.")
  var force = false
  @Argument(help: "The network, by name or id.") var network: String
  @Argument(help: "The container, by name or id.") var container: String

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    try context.engine(progress: context.progress("network disconnect"))
      .disconnect(container, from: network, force: force)
  }
}
