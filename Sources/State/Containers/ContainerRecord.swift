import Model

/// Who a container is and how it was made (`container.json`).
///
/// Written when the container is made, and once more when it takes over the name of the one that
/// it replaced. What changes while it lives stands in other files, each with one writer.
package struct ContainerRecord: Sendable, Hashable {
  /// Its identity.
  package var id: ObjectID
  /// Its name.
  package var name: String
  /// The project it belongs to.
  package var project: String
  /// The service it belongs to.
  package var service: String
  /// Its number in the service, from 1.
  package var number: Int
  /// True for a container of `run`.
  package var isOneOff = false
  /// When it was made.
  package var created: Timestamp
  /// The image as the file names it.
  package var image: String
  /// The id of the image.
  package var imageID: String
  /// The hash of the service's configuration.
  package var configHash: String
  /// The configuration itself, as JSON text: it is parsed only to say what changed.
  package var configuration = ""
  /// The container whose place this one is about to take.
  package var replaces: ObjectID?
  /// The container that has taken its place; what is left to do is to stop and remove this one.
  package var supersededBy: ObjectID?
  /// The full name that it has once the other container is gone.
  package var finalName: String?
  /// The name that is told to people: of one that replaces another the name that it will have.
  package var shownName: String { replaces == nil ? name : finalName ?? name }
  /// Its labels.
  package var labels: OrderedMap<String> = [:]
  /// The program with its arguments.
  package var command: [String] = []
  /// When it is started again.
  package var restart = RestartSettings()
  /// How its health is found out; nil means not at all.
  package var healthcheck: HealthcheckRecord?
  /// The signal that asks it to stop.
  package var stopSignal: Int32 = 15
  /// How long a stop waits before it kills.
  package var stopGracePeriod = StopGracePeriod.standard
  /// True when its streams are a terminal.
  package var terminal = false
  /// True when standard input stays open.
  package var openStdin = false
  /// False when `up` does not show its logs.
  package var attach = true
  /// How it is connected.
  package var networking = ContainerNetworking()
  /// What is mounted into it.
  package var mounts: [MountRecord] = []
  /// The services it was started after.
  package var dependencies: [Dependency] = []
  /// What is executed in it after it has started.
  package var postStart: [Hook] = []
  /// What is executed in it before it is stopped.
  package var preStop: [Hook] = []
  /// True when it is removed as soon as it ends.
  package var removeOnExit = false
  /// What makes root inside root outside as well, such as `privileged`; empty when nothing does, nil
  /// in records of version 0.1.
  package var hostRootReasons: [String]?

  /// The containers whose namespaces or volumes it has.
  package var shares: [SharedOwner] = []

  /// Makes a record of a container that says nothing beyond who it is.
  package init(
    id: ObjectID, name: String, project: String, service: String, number: Int,
    created: Timestamp, image: String, imageID: String, configHash: String
  ) {
    self.id = id
    self.name = name
    self.project = project
    self.service = service
    self.number = number
    self.created = created
    self.image = image
    self.imageID = imageID
    self.configHash = configHash
  }

  /// What stands before its log lines: the name without the project, or a name of its own.
  package var label: String {
    for separator in ["-", "_"] where name.hasPrefix(project + separator) {
      return String(name.dropFirst(project.count + separator.count))
    }
    return name
  }

  /// Where its log lines come from.
  package var logSource: LogSource {
    LogSource(id: id, name: name, label: label, service: service, number: number)
  }
}

/// A container whose namespaces or volumes another one has, and how that one's service names it.
package struct SharedOwner: Sendable, Hashable {
  /// The container, as it was when the other was made or last started.
  package var owner: ObjectID
  /// The service of the same project that it belongs to; nil when it is named by itself.
  package var service: String?
  /// The name or id by which it is named itself.
  package var container: String?

  /// Names a container of a service, or one by its name.
  package init(_ owner: ObjectID, service: String? = nil, container: String? = nil) {
    self.owner = owner
    self.service = service
    self.container = container
  }
}

/// When a container is started again.
package struct RestartSettings: Sendable, Hashable {
  /// The rule.
  package var policy: RestartPolicy
  /// The pause before each restart; nil means a growing one.
  package var delay: Duration?
  /// How long it must run for a restart to count as a success.
  package var window: Duration?

  /// Makes settings.
  package init(_ policy: RestartPolicy = .no, delay: Duration? = nil, window: Duration? = nil) {
    self.policy = policy
    self.delay = delay
    self.window = window
  }
}

/// How the health of a container is found out, with nothing left to inherit.
package struct HealthcheckRecord: Sendable, Hashable {
  /// The program of a probe with its arguments.
  package var command: [String]
  /// The pause between probes.
  package var interval = HealthcheckSettings.defaultInterval
  /// How long a probe may take.
  package var timeout = HealthcheckSettings.defaultTimeout
  /// How many failures in a row make it unhealthy.
  package var retries = HealthcheckSettings.defaultRetries
  /// How long after the start failures do not count.
  package var startPeriod = Duration.zero
  /// The pause between probes during the start period.
  package var startInterval = HealthcheckSettings.defaultStartInterval

  /// Makes a check with the default times.
  package init(command: [String]) { self.command = command }
}

/// Something mounted into a container, as listings and comparisons need it.
package struct MountRecord: Sendable, Hashable {
  /// What is mounted.
  package enum Kind: String, Sendable, Hashable {
    case bind
    case volume
    case tmpfs
    case image
  }

  /// What is mounted.
  package var kind: Kind
  /// The volume's full name, the path of the host, or the image.
  package var source: String
  /// Where it is mounted.
  package var target: String
  /// True when it cannot be written.
  package var readOnly = false
  /// True for a volume without a name of its own.
  package var anonymous = false
  /// The id of the image that is mounted; nil for other kinds and in records of version 0.1.
  package var imageID: String?

  /// Makes a mount.
  package init(
    _ kind: Kind, source: String, target: String, readOnly: Bool = false, anonymous: Bool = false
  ) {
    self.kind = kind
    self.source = source
    self.target = target
    self.readOnly = readOnly
    self.anonymous = anonymous
  }
}
