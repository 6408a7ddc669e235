import Model

/// Which containers `ps` lists.
package struct ListOptions: Sendable {
  /// The services; empty means all.
  package var services: [String] = []
  /// True to list containers that do not run, and those of `run`.
  package var all = false
  /// False to leave out services that the files do not name.
  package var orphans = true
  /// The states to list; empty means all.
  package var statuses: Set<ContainerStatus> = []

  /// Makes options that list what runs.
  package init() {}
}

/// The processes of one container, for `top`.
package struct ContainerProcesses: Sendable, Hashable {
  /// One process.
  package struct Process: Sendable, Hashable {
    /// The user's number on the host.
    package var uid: UInt32
    /// The pid on the host.
    package var pid: Int32
    /// The parent's pid on the host.
    package var parent: Int32
    /// The share of one processor since it started, in percent.
    package var cpuPercent: Int
    /// When it started.
    package var started: Timestamp
    /// The device number of its terminal; 0 means none.
    package var terminal: Int32
    /// Processor time used, in seconds.
    package var cpuSeconds: Int64
    /// The program with its arguments.
    package var command: String
  }

  /// The container.
  package var container: ContainerSummary
  /// Its processes, by pid.
  package var processes: [Process]
}

/// One container's image, for `images`.
package struct ContainerImage: Sendable, Hashable {
  /// The container's name.
  package var container: String
  /// The image's repository; empty when it has no name.
  package var repository: String
  /// The image's tag; empty when it has no name.
  package var tag: String
  /// The image's id.
  package var id: ObjectID
  /// `os/architecture`.
  package var platform: String
  /// The size of its layers in bytes.
  package var size: Int64
  /// When the image was made.
  package var created: Timestamp?
}

/// One project, for `ls`.
package struct ProjectSummary: Sendable, Hashable {
  /// The project's name.
  package var name: String
  /// How many containers are in each state, such as `running(2), exited(1)`.
  package var status: String
  /// How many containers run.
  package var running: Int
  /// The Compose files it was brought up from.
  package var files: [String]
  /// The directory it was brought up from.
  package var workingDirectory: String
}

/// One volume, for the `volume` commands.
package struct VolumeSummary: Sendable, Hashable {
  /// The volume's full name.
  package var name: String
  /// The driver.
  package var driver: String
  /// Where its files lie.
  package var mountpoint: String
  /// The project that made it, if one did.
  package var project: String?
  /// When it was made.
  package var created: Timestamp
  /// Its labels, in order.
  package var labels: OrderedMap<String>
  /// Options of the driver, in order.
  package var options: OrderedMap<String>
  /// True for a volume without a name of its own.
  package var isAnonymous: Bool
  /// The names of the containers that mount it.
  package var usedBy: [String]
}

/// One network, for the `network` commands.
package struct NetworkSummary: Sendable, Hashable {
  /// A container on the network.
  package struct Member: Sendable, Hashable {
    /// The container's id.
    package var id: ObjectID
    /// The container's name.
    package var name: String
    /// The id of its end on the network.
    package var endpoint: String
    /// Its addresses with prefix length.
    package var addresses: [String]
    /// Its MAC address.
    package var macAddress: String?
  }

  /// A subnet of the network.
  package struct Subnet: Sendable, Hashable {
    /// The subnet in CIDR form.
    package var subnet: String
    /// The host's address on it.
    package var gateway: String?
    /// The part that addresses are given from.
    package var range: String?
    /// Addresses that are never given out, by a name of the user's choice.
    package var reserved: [String: String] = [:]
  }

  /// The network's id.
  package var id: ObjectID
  /// The network's full name.
  package var name: String
  /// The driver.
  package var driver: String
  /// The project that made it, if one did.
  package var project: String?
  /// When it was made.
  package var created: Timestamp
  /// True when there is no way out.
  package var isInternal: Bool
  /// True when it has IPv4 addresses.
  package var enableIPv4: Bool
  /// True when it has IPv6 addresses.
  package var enableIPv6: Bool
  /// What the user said of containers without a project.
  package var isAttachable: Bool
  /// The name of the host's bridge.
  package var bridge: String
  /// The options of the driver as the user wrote them.
  package var options: OrderedMap<String>
  /// Its subnets.
  package var subnets: [Subnet]
  /// Its labels, in order.
  package var labels: OrderedMap<String>
  /// The containers on it.
  package var members: [Member]
}
