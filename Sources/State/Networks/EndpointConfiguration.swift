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
  /// The host name that the user gave the container, alone and with its domain.
  package var hostNames: [String] = []
  /// Further addresses, which hold on the link alone.
  package var linkLocalAddresses: [IPAddress] = []
  /// Settings of the link's kernel side, below /proc/sys, such as `net/ipv4/conf/eth0/forwarding`.
  package var sysctls: OrderedMap<String> = [:]
  /// True when what no other route takes leaves by this network.
  package var isDefaultRoute: Bool
  /// The same for IPv6, where another network than for IPv4 may have the way out.
  package var isIPv6DefaultRoute: Bool

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
    isIPv6DefaultRoute = isDefaultRoute
  }

  /// Whether what no other route of a family takes leaves by this network.
  package func isDefaultRoute(_ family: IPAddress.Family) -> Bool {
    family == .ipv4 ? isDefaultRoute : isIPv6DefaultRoute
  }

  /// All names that resolve to this endpoint: container, aliases, the short identity, host names.
  package var names: [String] {
    let names = [containerName] + aliases + [container.short]
    return names + hostNames.filter { !names.contains($0) }
  }

  /// The hardware address the link gets.
  package var effectiveHardwareAddress: HardwareAddress {
    hardwareAddress ?? HardwareAddress(for: addresses.first ?? IPAddress(.ipv4, 0))
  }
}

extension EndpointConfiguration {
  /// The network of a stored connection, of which only name and identity are stored with it.
  struct NetworkName {
    /// The network's full name.
    var name: String
    /// The network's identity: another network may have got the name since.
    var id: ObjectID

    /// Reads name and identity.
    init(_ reader: RecordReader) throws(RecordError) {
      name = try reader.string("network")
      id = try reader.identity("networkID")
    }
  }

  private static let driverKey = "driver"

  /// The links of stored connections that sit on a link of the host and are no ports of a bridge.
  ///
  /// - Parameter bytes: what `ConnectionPlan` of the module Networking has noted; where it cannot be
  ///   used there are none.
  package static func linksOnParents(in bytes: [UInt8]) -> [String] {
    let stored = (try? JSON.parse(bytes)) ?? .null
    return (stored["endpoints"]?.arrayValue ?? []).filter { $0[driverKey] != nil }
      .compactMap { $0["interface"]?.stringValue }
  }

  /// Reads a connection to a network.
  package init(
    _ reader: RecordReader, container: ObjectID, network: NetworkRecord
  ) throws(RecordError) {
    self.init(
      network: network, container: container, containerName: try reader.string("containerName"),
      aliases: try reader.strings("aliases"), interfaceName: try reader.string("interface"),
      addresses: try reader.addresses("addresses"),
      hardwareAddress: try reader.optionalValue("hardwareAddress", "a hardware address") {
        HardwareAddress($0)
      },
      isDefaultRoute: try reader.flag("defaultRoute"))
    isIPv6DefaultRoute = try reader.flag("defaultRouteIPv6", isDefaultRoute)
    hostNames = try reader.strings("hostNames")
    linkLocalAddresses = try reader.addresses("linkLocalAddresses")
    sysctls = try reader.stringMap("sysctls")
  }

  /// Writes a connection; of the network only name and identity.
  package func write(_ writer: inout RecordWriter) {
    writer.set("network", network.name)
    writer.set("networkID", network.id)
    writer.set("containerName", containerName)
    writer.set("aliases", json: .strings(aliases))
    writer.set("interface", interfaceName)
    writer.set("addresses", json: .strings(addresses.map(\.description)))
    writer.set("defaultRoute", json: .bool(isDefaultRoute))
    writer.set("hardwareAddress", hardwareAddress?.description)
    if isIPv6DefaultRoute != isDefaultRoute {
      writer.set("defaultRouteIPv6", json: .bool(isIPv6DefaultRoute))
    }
    if network.kind != .bridge { writer.set(Self.driverKey, network.driver) }
    writer.set("hostNames", hostNames)
    writer.set("linkLocalAddresses", linkLocalAddresses.map(\.description))
    writer.set("sysctls", sysctls)
  }

  /// The connection as an object.
  package var encoded: JSON {
    var writer = RecordWriter()
    write(&writer)
    return writer.json
  }
}

extension EndpointConfiguration {
  /// The subnet of the network that an address belongs to.
  package func subnet(of address: IPAddress) -> NetworkRecord.Subnet? {
    network.subnets.first { $0.block.contains(address) }
  }
}
