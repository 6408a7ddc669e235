import ArgumentParser
import Engine
import Model

/// `roost network inspect`.
struct NetworkInspectCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show all that is known of networks.")

  @Option(name: [.customShort("f"), .long], help: "json or a Go template.")
  var format: String?
  @Argument(help: "Networks, by name or id.")
  var networks: [String]

  func run(in context: CommandContext) throws {
    let all = try context.engine().networks(project: nil)
    try Inspection.print(networks, kind: "network", format: format, in: context) { name in
      let exact = all.first { $0.name == name }
      return (exact ?? all.first { $0.id.hex.hasPrefix(name) }).map(object)
    } candidates: {
      all.map(\.name)
    }
  }

  private func object(_ network: NetworkSummary) -> JSON {
    let subnets = network.subnets.map { subnet in
      var entry = JSONObject([("Subnet", JSON.string(subnet.subnet))])
      if let range = subnet.range { entry["IPRange"] = .string(range) }
      if let gateway = subnet.gateway { entry["Gateway"] = .string(gateway) }
      if !subnet.reserved.isEmpty {
        let sorted = subnet.reserved.sorted { $0.key < $1.key }
        entry["AuxiliaryAddresses"] = .object(
          JSONObject(sorted.map { ($0.key, .string($0.value)) }))
      }
      return JSON.object(entry)
    }
    return [
      "Name": .string(network.name), "Id": .string(network.id.hex),
      "Created": .string(network.created.rfc3339), "Scope": "local",
      "Driver": .string(network.driver), "EnableIPv4": .bool(network.enableIPv4),
      "EnableIPv6": .bool(network.enableIPv6),
      "IPAM": ["Driver": "default", "Options": nil, "Config": .array(subnets)],
      "Internal": .bool(network.isInternal), "Attachable": .bool(network.isAttachable),
      "Ingress": false,
      "Containers": .object(JSONObject(network.members.map { ($0.id.hex, member($0)) })),
      "ConfigFrom": ["Network": ""], "ConfigOnly": false,
      "Options": LabelText.json(options(of: network)),
      "Labels": LabelText.json(network.labels),
    ]
  }

  /// The options as they were given, and the name of the bridge that is there.
  private func options(of network: NetworkSummary) -> OrderedMap<String> {
    var options = network.options
    if network.driver == "bridge" {
      options["com.docker.network.bridge.name"] = network.bridge
    }
    return options
  }

  private func member(_ member: NetworkSummary.Member) -> JSON {
    let v4 = member.addresses.first { !$0.contains(":") } ?? ""
    let v6 = member.addresses.first { $0.contains(":") } ?? ""
    return [
      "Name": .string(member.name), "MacAddress": .string(member.macAddress ?? ""),
      "IPv4Address": .string(v4), "IPv6Address": .string(v6),
    ]
  }
}
