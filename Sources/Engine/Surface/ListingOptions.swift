import Model

/// Which containers `ps` lists.
public struct ListOptions: Sendable {
  /// The services; empty means all.
  public var services: [String] = []
  /// True to list containers that do not run, and those of `run`.
  public var all = false
  /// False to leave out services that the files do not name.
  public var orphans = true
  /// The states to list; empty means all.
  public var statuses: Set<ContainerStatus> = []

  /// Makes options that list what runs.
  public init() {}
}

/// The processes of one container, for `top`.
public struct ContainerProcesses: Sendable, Hashable {
  /// One process.
  public struct Process: Sendable, Hashable {
    /// The user's number on the host.
    public var uid: UInt32
    /// The pid on the host.
    public var pid: Int32
    /// The parent's pid on the host.
    public var parent: Int32
    /// The share of one processor since it started, in percent.
    public var cpuPercent: Int
    /// When it started.
    public var started: Timestamp
    /// The device number of its terminal; 0 means none.
    public var terminal: Int32
    /// Processor time used, in seconds.
    public var cpuSeconds: Int64
    /// The program with its arguments.
    public var command: String
  }

  /// The container.
  public var container: ContainerSummary
  /// Its processes, by pid.
  public var processes: [Process]
}

/// One container's image, for `images`.
public struct ContainerImage: Sendable, Hashable {
  /// The container's name.
  public var container: String
  /// The image's repository; empty when it has no name.
  public var repository: String
  /// The image's tag; empty when it has no name.
  public var tag: String
  /// The image's id.
  public var id: ObjectID
  /// `os/architecture`.
  public var platform: String
  /// The size of its layers in bytes.
  public var size: Int64
  /// When the image was made.
  public var created: Timestamp?
}

/// One project, for `ls`.
public struct ProjectSummary: Sendable, Hashable {
  /// The project's name.
  public var name: String
  /// How many containers are in each state, such as `running(2), exited(1)`.
  public var status: String
  /// How many containers run.
  public var running: Int
  /// The Compose files it was brought up from.
  public var files: [String]
  /// The directory it was brought up from.
  public var workingDirectory: String
}

/// One volume, for the `volume` commands.
public struct VolumeSummary: Sendable, Hashable {
  /// The volume's full name.
  public var name: String
  /// The driver.
  public var driver: String
  /// Where its files lie.
  public var mountpoint: String
  /// The project that made it, if one did.
  public var project: String?
  /// When it was made.
  public var created: Timestamp
  /// Its labels, in order.
  public var labels: [ContainerSummary.Label]
  /// Options of the driver, in order.
  public var options: [ContainerSummary.Label]
  /// True for a volume without a name of its own.
  public var isAnonymous: Bool
  /// The names of the containers that mount it.
  public var usedBy: [String]
}

/// One network, for the `network` commands.
public struct NetworkSummary: Sendable, Hashable {
  /// A container on the network.
  public struct Member: Sendable, Hashable {
    /// The container's id.
    public var id: ObjectID
    /// The container's name.
    public var name: String
    /// Its addresses with prefix length.
    public var addresses: [String]
    /// Its MAC address.
    public var macAddress: String?
  }

  /// A subnet of the network.
  public struct Subnet: Sendable, Hashable {
    /// The subnet in CIDR form.
    public var subnet: String
    /// The host's address on it.
    public var gateway: String?
    /// The part that addresses are given from.
    public var range: String?
  }

  /// The network's id.
  public var id: ObjectID
  /// The network's full name.
  public var name: String
  /// The driver.
  public var driver: String
  /// The project that made it, if one did.
  public var project: String?
  /// When it was made.
  public var created: Timestamp
  /// True when there is no way out.
  public var isInternal: Bool
  /// True when it has IPv6 addresses.
  public var enableIPv6: Bool
  /// The name of the host's bridge.
  public var bridge: String
  /// Its subnets.
  public var subnets: [Subnet]
  /// Its labels, in order.
  public var labels: [ContainerSummary.Label]
  /// The containers on it.
  public var members: [Member]
}

/// Something that happened to a container, for `events`.
public struct EngineEvent: Sendable, Hashable {
  /// When it happened.
  public var time: Timestamp
  /// What happened, such as `create`, `start`, `die`, `health_status: healthy`.
  public var action: String
  /// The service.
  public var service: String
  /// The container's id.
  public var id: ObjectID
  /// More about it, such as `name` and `exitCode`.
  public var attributes: [ContainerSummary.Label]
}
