import Model

/// Where a service's network namespace comes from.
package enum NetworkMode: Sendable, Hashable {
  /// Its own, on the networks listed by the service.
  case networks
  /// Its own, with nothing but the loopback interface.
  case none
  /// The host's.
  case host
  /// Its own, on the engine's default bridge.
  case bridge
  /// That of the containers of another service.
  case service(String)
  /// That of a container by name or id.
  case container(String)
  /// Its own, on a network by its full name.
  case network(String)
}

/// Where one of the other namespaces of a service comes from.
package enum NamespaceMode: Sendable, Hashable {
  /// Not given: its own.
  case `default`
  /// Its own, that nobody may join.
  case `private`
  /// Its own, that others may join.
  case shareable
  /// Its own without the means to use it (`ipc: none`: no /dev/shm).
  case none
  /// The host's.
  case host
  /// That of the containers of another service.
  case service(String)
  /// That of a container by name or id.
  case container(String)
}

/// A service's end on a network.
package struct NetworkAttachment: Sendable, Hashable {
  /// The key of the network.
  package var network: String
  /// Further names on this network.
  package var aliases: [String]
  /// A fixed IPv4 address.
  package var ipv4Address: String?
  /// A fixed IPv6 address.
  package var ipv6Address: String?
  /// Further link-local addresses.
  package var linkLocalAddresses: [String]
  /// The network of the highest priority is joined first.
  package var priority: Int
  /// The network of the highest priority has the default route.
  package var gatewayPriority: Int
  /// A fixed MAC address.
  package var macAddress: String?
  /// The name of the interface in the container.
  package var interfaceName: String?
  /// Options for the network's driver.
  package var driverOptions: OrderedMap<String>

  /// Makes an attachment without further wishes.
  package init(network: String, aliases: [String] = []) {
    self.network = network
    self.aliases = aliases
    ipv4Address = nil
    ipv6Address = nil
    linkLocalAddresses = []
    priority = 0
    gatewayPriority = 0
    macAddress = nil
    interfaceName = nil
    driverOptions = [:]
  }
}
