import Model
import State

/// What was found on the machine of one project, at one moment.
package struct ObservedState: Sendable {
  /// The project's record; nil when it was never brought up.
  package var project: ProjectRecord?
  /// Its containers, by service, number and time; those of `run` among them.
  package var containers: [ObservedContainer] = []
  /// The networks of the machine, by name.
  package var networks: [ObservedNetwork] = []
  /// The named volumes of the machine, by name.
  package var volumes: [ObservedVolume] = []

  /// Makes a state in which nothing was found.
  package init() {}

  /// The network of a full name.
  package func network(_ name: String) -> ObservedNetwork? { networks.first { $0.name == name } }
  /// The volume of a full name.
  package func volume(_ name: String) -> ObservedVolume? { volumes.first { $0.name == name } }
  /// The containers of a service without those of `run`, by number.
  package func containers(of service: String) -> [ObservedContainer] {
    containers
      .filter { $0.record.service == service && !$0.record.isOneOff }
      .sorted { $0.record.number < $1.record.number }
  }
}

/// A container that was found.
package struct ObservedContainer: Sendable, Hashable {
  /// Who it is.
  package var record: ContainerRecord
  /// What it does.
  package var status: ContainerStatus
  /// What its healthcheck says.
  package var health: HealthStatus
  /// How it ended, if it has ended.
  package var exitCode: Int32?
  /// The full names of the networks it is on now; empty while it does not run.
  package var networks: [String]
  /// True when it runs in namespaces of another container that has got new ones since. Found out only
  /// when the whole project is looked at.
  package var isCutOff = false
  /// True when it runs although it was to be stopped: the command that was about to do so is gone.
  /// Found out only when the whole project is looked at.
  package var isStopping = false

  /// Makes a container that was found.
  package init(
    record: ContainerRecord, status: ContainerStatus, health: HealthStatus = .none,
    exitCode: Int32? = nil, networks: [String] = []
  ) {
    self.record = record
    self.status = status
    self.health = health
    self.exitCode = exitCode
    self.networks = networks
  }

  /// True when it has a volume.
  package func mounts(_ volume: String) -> Bool {
    record.mounts.contains { $0.kind == .volume && $0.source == volume }
  }

  /// True while its processes live, or its restart policy is about to start them again.
  package var isActive: Bool {
    switch status {
    case .running, .paused, .restarting: true
    case .created, .removing, .exited, .dead: false
    }
  }
}

/// A network that was found.
package struct ObservedNetwork: Sendable, Hashable {
  /// Its full name.
  package var name: String
  /// The project that made it.
  package var project: String?
  /// The key in that project's file.
  package var key: String?
  /// The hash of its configuration.
  package var configHash: String

  /// Makes a network that was found.
  package init(name: String, project: String? = nil, key: String? = nil, configHash: String = "") {
    self.name = name
    self.project = project
    self.key = key
    self.configHash = configHash
  }
}

/// A volume that was found.
package struct ObservedVolume: Sendable, Hashable {
  /// Its full name.
  package var name: String
  /// The project that made it.
  package var project: String?
  /// The hash of its configuration.
  package var configHash: String

  /// Makes a volume that was found.
  package init(name: String, project: String? = nil, configHash: String = "") {
    self.name = name
    self.project = project
    self.configHash = configHash
  }
}
