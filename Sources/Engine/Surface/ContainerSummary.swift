import Model

/// What listings show of one container.
package struct ContainerSummary: Sendable, Hashable {
  /// A port that the container exposes, and where the host publishes it.
  package struct Port: Sendable, Hashable {
    /// The host's address; nil when it is not published.
    package var hostAddress: String?
    /// The host's port; nil when it is not published.
    package var hostPort: UInt16?
    /// The port in the container.
    package var containerPort: UInt16
    /// `tcp`, `udp` or `sctp`.
    package var `protocol`: String

    /// Makes a port.
    package init(
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
  package struct Mount: Sendable, Hashable {
    /// `bind`, `volume`, `tmpfs` or `image`.
    package var type: String
    /// The volume's name, the path of the host or the image.
    package var source: String
    /// Where it is mounted.
    package var target: String
    /// True when it cannot be written.
    package var readOnly: Bool
    /// True for a volume without a name of its own.
    package var anonymous: Bool

    /// Makes a mount.
    package init(
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
  package struct Network: Sendable, Hashable {
    /// The network's full name.
    package var name: String
    /// The container's addresses, without prefix length.
    package var addresses: [String]
    /// The MAC address.
    package var macAddress: String?
    /// The container's names on this network.
    package var aliases: [String]

    /// Makes a network.
    package init(
      name: String, addresses: [String], macAddress: String? = nil, aliases: [String] = []
    ) {
      self.name = name
      self.addresses = addresses
      self.macAddress = macAddress
      self.aliases = aliases
    }
  }

  /// The container's id.
  package var id: ObjectID
  /// The container's name.
  package var name: String
  /// The project it belongs to.
  package var project: String
  /// The service it belongs to.
  package var service: String
  /// Its number in the service, from 1.
  package var number: Int
  /// True for a container of `run`.
  package var isOneOff: Bool
  /// The image as the file names it.
  package var image: String
  /// The id of the image.
  package var imageID: String
  /// The program with its arguments.
  package var command: [String]
  /// When it was made.
  package var created: Timestamp
  /// What it does.
  package var status: ContainerStatus
  /// What its healthcheck says.
  package var health: HealthStatus
  /// How it ended, if it has ended.
  package var exitCode: Int32?
  /// False when nobody could see how it ended.
  package var exitCodeKnown: Bool
  /// True when the kernel killed it for want of memory.
  package var oomKilled: Bool
  /// When it was started last.
  package var startedAt: Timestamp?
  /// When it ended last.
  package var finishedAt: Timestamp?
  /// How often its restart policy has started it again.
  package var restartCount: Int
  /// The pid of its first process on the host.
  package var pid: Int32?
  /// Its ports.
  package var ports: [Port]
  /// Its labels, in order.
  package var labels: OrderedMap<String>
  /// Its mounts.
  package var mounts: [Mount]
  /// Its networks.
  package var networks: [Network]
  /// What makes root inside root on the host as well; empty when nothing does.
  package var hostRootReasons: [String]
  /// True when the project's files do not name its service.
  package var isOrphan: Bool
}
