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

/// A transport protocol of a port.
package enum PortProtocol: String, Sendable, Hashable, CaseIterable {
  case tcp
  case udp
  case sctp
}

/// A port of the container that the host publishes.
package struct PortMapping: Sendable, Hashable {
  /// The host's side.
  package enum Published: Sendable, Hashable {
    /// Any free port.
    case ephemeral
    /// The first free port of a range; mostly a range of one.
    case range(ClosedRange<UInt16>)
  }

  /// The port in the container.
  package var target: UInt16
  /// The port of the host.
  package var published: Published
  /// The host's address to listen on; nil means all.
  package var hostIP: String?
  /// The transport protocol.
  package var `protocol`: PortProtocol
  /// `ingress` or `host`; the same on one machine.
  package var mode: String
  /// A name for people.
  package var name: String?
  /// The protocol above the transport, for people.
  package var applicationProtocol: String?

  /// Makes a mapping.
  package init(
    target: UInt16, published: Published = .ephemeral, hostIP: String? = nil,
    protocol: PortProtocol = .tcp
  ) {
    self.target = target
    self.published = published
    self.hostIP = hostIP
    self.protocol = `protocol`
    mode = "ingress"
    name = nil
    applicationProtocol = nil
  }
}

/// Ports that a container is said to listen on.
package struct ExposedPort: Sendable, Hashable {
  /// The ports; mostly one.
  package var ports: ClosedRange<UInt16>
  /// The transport protocol.
  package var `protocol`: PortProtocol

  /// Makes an entry.
  package init(ports: ClosedRange<UInt16>, protocol: PortProtocol = .tcp) {
    self.ports = ports
    self.protocol = `protocol`
  }
}

/// A line of /etc/hosts.
package struct ExtraHost: Sendable, Hashable {
  /// The name.
  package var name: String
  /// An address, or `host-gateway` for the host's on the container's network.
  package var address: String

  /// Makes a line.
  package init(name: String, address: String) {
    self.name = name
    self.address = address
  }

  /// The address that stands for the host.
  package static let hostGateway = "host-gateway"
}
