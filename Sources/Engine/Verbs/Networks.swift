import Linux
import Model
import Networking
import State

extension Engine {
  /// The networks of the machine, or those of one project, by name.
  package func networks(project: String?) throws(EngineError) -> [NetworkSummary] {
    let context = ContainerContext(self, project: project ?? "")
    let records = try context.containers.all()
    let networks = try networking { () throws(NetworkError) in try context.networks.all() }
    return networks.filter { project == nil || $0.project == project }.map { network in
      NetworkSummary(
        id: network.id, name: network.name, driver: network.driver, project: network.project,
        created: network.created, isInternal: network.isInternal,
        enableIPv4: network.subnets.contains { $0.block.family == .ipv4 },
        enableIPv6: network.enableIPv6, isAttachable: network.isAttachable,
        bridge: network.bridgeName, options: network.options,
        subnets: network.subnets.map {
          NetworkSummary.Subnet(
            subnet: "\($0.block)", gateway: "\($0.gateway)", range: $0.range.map { "\($0)" },
            reserved: $0.reserved.mapValues { "\($0)" })
        },
        labels: OrderedMap(network.labels),
        members: members(of: network, records, context))
    }
  }

  private func members(
    of network: NetworkRecord, _ records: [ContainerRecord], _ context: ContainerContext
  ) -> [NetworkSummary.Member] {
    records.compactMap { record in
      guard
        let endpoint = NetworkState.read(context, record.id)?.endpoints.first(where: {
          $0.network.id == network.id
        })
      else { return nil }
      let addresses = endpoint.addresses.map { address in
        let subnet = network.subnets.first { $0.block.contains(address) }
        return subnet.map { "\(address)/\($0.block.prefixLength)" } ?? "\(address)"
      }
      return NetworkSummary.Member(
        id: record.id, name: record.name,
        endpoint: ContainerInspection.endpoint(of: record.id, on: network.id),
        addresses: addresses,
        macAddress: endpoint.effectiveHardwareAddress.description)
    }
  }

  /// Removes a network that no container is on.
  package func removeNetwork(_ name: String) throws(EngineError) {
    try Engine.requireRoot()
    let context = ContainerContext(self, project: "")
    context.removeLeftovers()
    let network = try network(named: name, context)
    let firewall = FirewallSync(context)
    let maker = ResourceMaker(context: context, firewall: firewall)
    guard try maker.removeNetwork(network.name) else {
      let users = try users(of: network.name, context)
      throw EngineError(
        "network \(network.name) is used by \(users.joined(separator: ", "))",
        hint: "remove those containers first")
    }
    try firewall.flush()
  }

  /// The network of a name, an id or the beginning of one.
  func network(
    named name: String, _ context: ContainerContext
  ) throws(EngineError) -> NetworkRecord {
    let all = try networking { () throws(NetworkError) in try context.networks.all() }
    if let network = all.first(where: { $0.name == name }) { return network }
    let matches = all.filter { !name.isEmpty && $0.id.hex.hasPrefix(name) }
    if let network = matches.first, matches.count == 1 { return network }
    guard matches.isEmpty else {
      throw EngineError(
        "\(name) is the beginning of \(matches.count) ids of networks", hint: "write more of it")
    }
    throw EngineError(
      "no such network: \(name)",
      hint: Suggestion.nearest(to: name, in: all.map(\.name)).map { "did you mean \($0)?" }
        ?? "`roost network ls` lists those that are there")
  }

  private func users(
    of network: String, _ context: ContainerContext
  ) throws(EngineError) -> [String] {
    try context.containers.all().filter { record in
      record.networking.attachments.contains { $0.network == network }
    }.map(\.name)
  }

  /// Removes networks that no container is on; returns their names.
  package func pruneNetworks() throws(EngineError) -> [String] {
    try Engine.requireRoot()
    let context = ContainerContext(self, project: "")
    context.removeLeftovers()
    let firewall = FirewallSync(context)
    let maker = ResourceMaker(context: context, firewall: firewall)
    var removed: [String] = []
    for network in try networks(project: nil) where try users(of: network.name, context).isEmpty {
      if try maker.removeNetwork(network.name) { removed.append(network.name) }
    }
    try firewall.flush()
    return removed
  }
}
