/// Where a service's network namespace comes from.
public enum NetworkMode: Sendable, Hashable {
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
public enum NamespaceMode: Sendable, Hashable {
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
public struct NetworkAttachment: Sendable, Hashable {
  /// The key of the network.
  public var network: String
  /// Further names on this network.
  public var aliases: [String]
  /// A fixed IPv4 address.
  public var ipv4Address: String?
  /// A fixed IPv6 address.
  public var ipv6Address: String?
  /// Further link-local addresses.
  public var linkLocalAddresses: [String]
  /// The network of the highest priority is joined first.
  public var priority: Int
  /// The network of the highest priority has the default route.
  public var gatewayPriority: Int
  /// A fixed MAC address.
  public var macAddress: String?
  /// The name of the interface in the container.
  public var interfaceName: String?
  /// Options for the network's driver.
  public var driverOptions: OrderedMap<String>

  /// Makes an attachment without further wishes.
  public init(network: String, aliases: [String] = []) {
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
public enum PortProtocol: String, Sendable, Hashable, CaseIterable {
  case tcp
  case udp
  case sctp
}

/// A port of the container that the host publishes.
public struct PortMapping: Sendable, Hashable {
  /// The host's side.
  public enum Published: Sendable, Hashable {
    /// Any free port.
    case ephemeral
    /// The first free port of a range; mostly a range of one.
    case range(ClosedRange<UInt16>)
  }

  /// The port in the container.
  public var target: UInt16
  /// The port of the host.
  public var published: Published
  /// The host's address to listen on; nil means all.
  public var hostIP: String?
  /// The transport protocol.
  public var `protocol`: PortProtocol
  /// `ingress` or `host`; the same on one machine.
  public var mode: String
  /// A name for people.
  public var name: String?
  /// The protocol above the transport, for people.
  public var applicationProtocol: String?

  /// Makes a mapping.
  public init(
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
public struct ExposedPort: Sendable, Hashable {
  /// The ports; mostly one.
  public var ports: ClosedRange<UInt16>
  /// The transport protocol.
  public var `protocol`: PortProtocol

  /// Makes an entry.
  public init(ports: ClosedRange<UInt16>, protocol: PortProtocol = .tcp) {
    self.ports = ports
    self.protocol = `protocol`
  }
}

/// A line of /etc/hosts.
public struct ExtraHost: Sendable, Hashable {
  /// The name.
  public var name: String
  /// An address, or `host-gateway` for the host's on the container's network.
  public var address: String

  /// Makes a line.
  public init(name: String, address: String) {
    self.name = name
    self.address = address
  }

  /// The address that stands for the host.
  public static let hostGateway = "host-gateway"
}
