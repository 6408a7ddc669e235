/// How the health of a container is found out.
public enum Healthcheck: Sendable, Hashable {
  /// As the image says.
  case inherited
  /// Not at all, whatever the image says.
  case disabled
  /// As given; what is nil is as the image says, else the default.
  case custom(HealthcheckSettings)
}

/// What a healthcheck of the file gives. Nil means: as the image says, else the default.
public struct HealthcheckSettings: Sendable, Hashable {
  /// What a probe runs.
  public enum Test: Sendable, Hashable {
    /// A program with its arguments (`CMD`).
    case command([String])
    /// A line for the image's shell, else `/bin/sh -c` (`CMD-SHELL`).
    case shell(String)
  }

  /// What a probe runs.
  public var test: Test?
  /// The pause between probes.
  public var interval: Duration?
  /// How long a probe may take.
  public var timeout: Duration?
  /// How many failures in a row make it unhealthy.
  public var retries: Int?
  /// How long after the start failures do not count.
  public var startPeriod: Duration?
  /// The pause between probes during the start period.
  public var startInterval: Duration?

  /// Makes settings that leave everything to the image.
  public init(test: Test? = nil) {
    self.test = test
    interval = nil
    timeout = nil
    retries = nil
    startPeriod = nil
    startInterval = nil
  }

  /// The pause between probes when nobody says.
  public static let defaultInterval = Duration.seconds(30)
  /// How long a probe may take when nobody says.
  public static let defaultTimeout = Duration.seconds(30)
  /// How many failures in a row make it unhealthy when nobody says.
  public static let defaultRetries = 3
  /// The pause between probes during the start period when nobody says.
  public static let defaultStartInterval = Duration.seconds(5)
}

/// Where the output of a container goes.
public struct LoggingConfig: Sendable, Hashable {
  /// The driver: `json-file`, `local`, `none` or another.
  public var driver: String
  /// Options, such as `max-size` and `max-file`.
  public var options: OrderedMap<String>

  /// Makes a configuration.
  public init(driver: String = Self.defaultDriver, options: OrderedMap<String> = [:]) {
    self.driver = driver
    self.options = options
  }

  /// The driver when the file names none.
  public static let defaultDriver = "json-file"
}

/// A command that runs at a moment in a container's life.
public struct Hook: Sendable, Hashable {
  /// The program with its arguments; may be empty in `pre_start`, where the image's runs.
  public var command: [String]
  /// The user; nil means the container's.
  public var user: String?
  /// True when it has all rights.
  public var privileged: Bool
  /// The working directory; nil means the container's.
  public var workingDirectory: String?
  /// Variables besides the container's.
  public var environment: OrderedMap<String?>
  /// The image of a `pre_start` container; nil means the service's.
  public var image: String?
  /// True when a `pre_start` container runs once a replica instead of once a service.
  public var perReplica: Bool

  /// Makes a hook.
  public init(command: [String]) {
    self.command = command
    user = nil
    privileged = false
    workingDirectory = nil
    environment = [:]
    image = nil
    perReplica = false
  }
}

/// What `watch` does when files change.
public struct WatchRule: Sendable, Hashable {
  /// What is done.
  public enum Action: String, Sendable, Hashable, CaseIterable {
    case rebuild
    case sync
    case restart
    case syncRestart = "sync+restart"
    case syncExec = "sync+exec"
  }

  /// What is watched; absolute.
  public var path: String
  /// What is done.
  public var action: Action
  /// Where changed files go in the container.
  public var target: String?
  /// Patterns of files that are left out.
  public var ignore: [String]
  /// Patterns of files that count; empty means all.
  public var include: [String]
  /// True when everything is copied at the start.
  public var initialSync: Bool
  /// What `sync+exec` runs.
  public var exec: Hook?

  /// Makes a rule.
  public init(path: String, action: Action) {
    self.path = path
    self.action = action
    target = nil
    ignore = []
    include = []
    initialSync = false
    exec = nil
  }
}

/// How replicas are replaced when the service changes.
public struct UpdateConfig: Sendable, Hashable {
  /// Which of the old and the new container is first.
  public enum Order: String, Sendable, Hashable, CaseIterable {
    case stopFirst = "stop-first"
    case startFirst = "start-first"
  }

  /// How many are replaced at once; 0 means all.
  public var parallelism: Int?
  /// The pause between groups.
  public var delay: Duration?
  /// Which of the old and the new container is first.
  public var order: Order

  /// Makes a configuration.
  public init(parallelism: Int? = nil, delay: Duration? = nil, order: Order = .stopFirst) {
    self.parallelism = parallelism
    self.delay = delay
    self.order = order
  }
}
