import Model

/// How a container is connected, as its service asks: names and wishes. The addresses it got are
/// in `NetworkState`.
package struct ContainerNetworking: Sendable, Hashable {
  /// Where the network namespace comes from.
  package enum Mode: Sendable, Hashable {
    /// Its own, on networks.
    case networks
    /// Its own, with nothing but the loopback interface.
    case none
    /// The host's.
    case host
    /// That of another container.
    case container(ObjectID)
  }

  /// An end on a network.
  package struct Attachment: Sendable, Hashable {
    /// The network's full name.
    package var network: String
    /// Names by which others on the network find it, its own name left out.
    package var aliases: [String]
    /// Fixed addresses.
    package var addresses: [String]
    /// A fixed MAC address.
    package var macAddress: String?
    /// The name of the interface; nil means the next free `ethN`.
    package var interfaceName: String?
    /// The network of the highest priority has the default route.
    package var gatewayPriority: Int
    /// Further addresses, which hold on the link alone.
    package var linkLocalAddresses: [String] = []
    /// Options for the network's driver about this end.
    package var driverOptions: OrderedMap<String> = [:]

    /// Makes an attachment.
    package init(
      network: String, aliases: [String] = [], addresses: [String] = [],
      macAddress: String? = nil, interfaceName: String? = nil, gatewayPriority: Int = 0
    ) {
      self.network = network
      self.aliases = aliases
      self.addresses = addresses
      self.macAddress = macAddress
      self.interfaceName = interfaceName
      self.gatewayPriority = gatewayPriority
    }
  }

  /// Where the network namespace comes from.
  package var mode = Mode.networks
  /// The networks, in the order in which they are joined.
  package var attachments: [Attachment] = []
  /// The ports to publish.
  package var ports: [PortMapping] = []
  /// Ports that it is said to listen on.
  package var exposed: [ExposedPort] = []
  /// The host name.
  package var hostname = ""
  /// The domain name.
  package var domainName = ""
  /// Further lines of /etc/hosts.
  package var extraHosts: [ExtraHost] = []
  /// Names of other containers, for links: the name, and the service or container.
  package var links: [Link] = []
  /// Name servers instead of the host's.
  package var dns: [String] = []
  /// Search domains instead of the host's.
  package var dnsSearch: [String] = []
  /// Resolver options instead of the host's.
  package var dnsOptions: [String] = []

  /// Makes a container's own namespace without networks.
  package init() {}

  /// The names of the container as a host of a network: with the domain, too, when it has one.
  package var hostNames: [String] {
    guard !hostname.isEmpty else { return [] }
    return domainName.isEmpty ? [hostname] : [hostname, "\(hostname).\(domainName)"]
  }

  /// True when the container has a network namespace of its own to be made and pinned.
  package var hasOwnNamespace: Bool {
    switch mode {
    case .networks, .none: true
    case .host, .container: false
    }
  }
}
