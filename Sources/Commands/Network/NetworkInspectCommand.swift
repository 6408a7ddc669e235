import ArgumentParser
import Engine
import Model

/// `roost network inspect`.
struct NetworkInspectCommand: ParsableCommand, ContextCommand {
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
      return JSON.object(entry)
    }
    return [
      "Name": .string(network.name), "Id": .string(network.id.hex),
      "Created": .string(network.created.rfc3339), "Scope": "local",
      "Driver": .string(network.driver), "EnableIPv6": .bool(network.enableIPv6),
      "IPAM": ["Driver": "default", "Options": nil, "Config": .array(subnets)],
      "Internal": .bool(network.isInternal), "Attachable": false, "Ingress": false,
      "Containers": .object(JSONObject(network.members.map { ($0.id.hex, member($0)) })),
      "Options": ["com.docker.network.bridge.name": .string(network.bridge)],
      "Labels": LabelText.json(network.labels),
    ]
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
