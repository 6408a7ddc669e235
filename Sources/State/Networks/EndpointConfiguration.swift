import Model

/// How one container is connected to one network.
package struct EndpointConfiguration: Sendable, Hashable {
  /// The network.
  package var network: NetworkRecord
  /// The container.
  package var container: ObjectID
  /// The name of the container, which always resolves.
  package var containerName: String
  /// The other names by which containers of this network find it: its service and aliases.
  package var aliases: [String]
  /// The name of the link inside the container, such as `eth0`.
  package var interfaceName: String
  /// The leased addresses, at most one of each family and subnet.
  package var addresses: [IPAddress]
  /// The hardware address; nil for one that follows from the IP address.
  package var hardwareAddress: HardwareAddress?
  /// True when what no other route takes leaves by this network.
  package var isDefaultRoute: Bool

  /// Describes a connection.
  package init(
    network: NetworkRecord, container: ObjectID, containerName: String, aliases: [String] = [],
    interfaceName: String = "eth0", addresses: [IPAddress],
    hardwareAddress: HardwareAddress? = nil, isDefaultRoute: Bool = true
  ) {
    self.network = network
    self.container = container
    self.containerName = containerName
    self.aliases = aliases
    self.interfaceName = interfaceName
    self.addresses = addresses
    self.hardwareAddress = hardwareAddress
    self.isDefaultRoute = isDefaultRoute
  }

  /// All names that resolve to this endpoint: container, aliases and the short identity.
  package var names: [String] { [containerName] + aliases + [container.short] }

  /// The hardware address the link gets.
  package var effectiveHardwareAddress: HardwareAddress {
    hardwareAddress ?? HardwareAddress(for: addresses.first ?? IPAddress(.ipv4, 0))
  }

  /// The connection as it stands in `container.json`; of the network only name and identity.
  package var json: JSON {
    var object = JSONObject([
      ("network", .string(network.name)), ("networkID", .string(network.id.hex)),
      ("containerName", .string(containerName)), ("aliases", .strings(aliases)),
      ("interface", .string(interfaceName)),
      ("addresses", .strings(addresses.map(\.description))),
      ("defaultRoute", .bool(isDefaultRoute)),
    ])
    object["hardwareAddress"] = hardwareAddress.map { .string($0.description) }
    return .object(object)
  }

  /// Reads a connection; nil when it is malformed or its network is not among `networks`.
  package init?(json: JSON, container: ObjectID, networks: [NetworkRecord]) {
    guard let network = networks.first(where: { $0.id.hex == json["networkID"]?.stringValue }),
      let interfaceName = json["interface"]?.stringValue,
      let containerName = json["containerName"]?.stringValue
    else { return nil }
    self.init(
      network: network, container: container, containerName: containerName,
      aliases: json.strings("aliases"), interfaceName: interfaceName,
      addresses: json.strings("addresses").compactMap { IPAddress($0) },
      hardwareAddress: json["hardwareAddress"]?.stringValue.flatMap { HardwareAddress($0) },
      isDefaultRoute: json["defaultRoute"]?.boolValue ?? false)
  }
}

extension EndpointConfiguration {
  /// The subnet of the network that an address belongs to.
  package func subnet(of address: IPAddress) -> NetworkRecord.Subnet? {
    network.subnets.first { $0.block.contains(address) }
  }
}
