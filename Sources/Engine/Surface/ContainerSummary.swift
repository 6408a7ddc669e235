import Model

/// What listings show of one container.
public struct ContainerSummary: Sendable, Hashable {
  /// A port that the container exposes, and where the host publishes it.
  public struct Port: Sendable, Hashable {
    /// The host's address; nil when it is not published.
    public var hostAddress: String?
    /// The host's port; nil when it is not published.
    public var hostPort: UInt16?
    /// The port in the container.
    public var containerPort: UInt16
    /// `tcp`, `udp` or `sctp`.
    public var `protocol`: String

    /// Makes a port.
    public init(
      hostAddress: String? = nil, hostPort: UInt16? = nil, containerPort: UInt16,
      protocol: String
    ) {
      self.hostAddress = hostAddress
      self.hostPort = hostPort
      self.containerPort = containerPort
      self.protocol = `protocol`
    }
  }

  /// Something mounted into the container.
  public struct Mount: Sendable, Hashable {
    /// `bind`, `volume`, `tmpfs` or `image`.
    public var type: String
    /// The volume's name, the path of the host or the image.
    public var source: String
    /// Where it is mounted.
    public var target: String
    /// True when it cannot be written.
    public var readOnly: Bool
    /// True for a volume without a name of its own.
    public var anonymous: Bool

    /// Makes a mount.
    public init(
      type: String, source: String, target: String, readOnly: Bool, anonymous: Bool = false
    ) {
      self.type = type
      self.source = source
      self.target = target
      self.readOnly = readOnly
      self.anonymous = anonymous
    }
  }

  /// A network that the container is on.
  public struct Network: Sendable, Hashable {
    /// The network's full name.
    public var name: String
    /// The container's addresses, without prefix length.
    public var addresses: [String]
    /// The MAC address.
    public var macAddress: String?
    /// The container's names on this network.
    public var aliases: [String]

    /// Makes a network.
    public init(
      name: String, addresses: [String], macAddress: String? = nil, aliases: [String] = []
    ) {
      self.name = name
      self.addresses = addresses
      self.macAddress = macAddress
      self.aliases = aliases
    }
  }

  /// The container's id.
  public var id: ObjectID
  /// The container's name.
  public var name: String
  /// The project it belongs to.
  public var project: String
  /// The service it belongs to.
  public var service: String
  /// Its number in the service, from 1.
  public var number: Int
  /// True for a container of `run`.
  public var isOneOff: Bool
  /// The image as the file names it.
  public var image: String
  /// The id of the image.
  public var imageID: String
  /// The program with its arguments.
  public var command: [String]
  /// When it was made.
  public var created: Timestamp
  /// What it does.
  public var status: ContainerStatus
  /// What its healthcheck says.
  public var health: HealthStatus
  /// How it ended, if it has ended.
  public var exitCode: Int32?
  /// False when nobody could see how it ended.
  public var exitCodeKnown: Bool
  /// True when the kernel killed it for want of memory.
  public var oomKilled: Bool
  /// When it was started last.
  public var startedAt: Timestamp?
  /// When it ended last.
  public var finishedAt: Timestamp?
  /// How often its restart policy has started it again.
  public var restartCount: Int
  /// The pid of its first process on the host.
  public var pid: Int32?
  /// Its ports.
  public var ports: [Port]
  /// Its labels, in order.
  public var labels: [Label]
  /// Its mounts.
  public var mounts: [Mount]
  /// Its networks.
  public var networks: [Network]
  /// True when the project's files do not name its service.
  public var isOrphan: Bool

  /// A name with a text.
  public struct Label: Sendable, Hashable {
    /// The name.
    public var key: String
    /// The text.
    public var value: String

    /// Makes a label.
    public init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }
}
