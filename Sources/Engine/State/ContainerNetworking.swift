import Compose
import Model

/// How a container is connected, as its service asks: names and wishes. The addresses it got are
/// in `NetworkState`.
public struct ContainerNetworking: Sendable, Hashable {
  /// Where the network namespace comes from.
  public enum Mode: Sendable, Hashable {
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
  public struct Attachment: Sendable, Hashable {
    /// The network's full name.
    public var network: String
    /// Names by which others on the network find it, its own name left out.
    public var aliases: [String]
    /// Fixed addresses.
    public var addresses: [String]
    /// A fixed MAC address.
    public var macAddress: String?
    /// The name of the interface; nil means the next free `ethN`.
    public var interfaceName: String?
    /// The network of the highest priority has the default route.
    public var gatewayPriority: Int

    /// Makes an attachment.
    public init(
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
  public var mode = Mode.networks
  /// The networks, in the order in which they are joined.
  public var attachments: [Attachment] = []
  /// The ports to publish.
  public var ports: [PortMapping] = []
  /// Ports that it is said to listen on.
  public var exposed: [ExposedPort] = []
  /// The host name.
  public var hostname = ""
  /// The domain name.
  public var domainName = ""
  /// Further lines of /etc/hosts.
  public var extraHosts: [ExtraHost] = []
  /// Names of other containers, for links: the name, and the service or container.
  public var links: [Link] = []
  /// Name servers instead of the host's.
  public var dns: [String] = []
  /// Search domains instead of the host's.
  public var dnsSearch: [String] = []
  /// Resolver options instead of the host's.
  public var dnsOptions: [String] = []

  /// Makes a container's own namespace without networks.
  public init() {}

  /// True when the container has a network namespace of its own to be made and pinned.
  var hasOwnNamespace: Bool {
    switch mode {
    case .networks, .none: true
    case .host, .container: false
    }
  }
}
