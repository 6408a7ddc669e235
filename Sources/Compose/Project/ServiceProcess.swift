/// How the health of a container is found out.
package enum Healthcheck: Sendable, Hashable {
  /// As the image says.
  case inherited
  /// Not at all, whatever the image says.
  case disabled
  /// As given; what is nil is as the image says, else the default.
  case custom(HealthcheckSettings)
}

/// What a healthcheck of the file gives. Nil means: as the image says, else the default.
package struct HealthcheckSettings: Sendable, Hashable {
  /// What a probe runs.
  package enum Test: Sendable, Hashable {
    /// A program with its arguments (`CMD`).
    case command([String])
    /// A line for the image's shell, else `/bin/sh -c` (`CMD-SHELL`).
    case shell(String)
  }

  /// What a probe runs.
  package var test: Test?
  /// The pause between probes.
  package var interval: Duration?
  /// How long a probe may take.
  package var timeout: Duration?
  /// How many failures in a row make it unhealthy.
  package var retries: Int?
  /// How long after the start failures do not count.
  package var startPeriod: Duration?
  /// The pause between probes during the start period.
  package var startInterval: Duration?

  /// Makes settings that leave everything to the image.
  package init(test: Test? = nil) {
    self.test = test
    interval = nil
    timeout = nil
    retries = nil
    startPeriod = nil
    startInterval = nil
  }

  /// The pause between probes when nobody says.
  package static let defaultInterval = Duration.seconds(30)
  /// How long a probe may take when nobody says.
  package static let defaultTimeout = Duration.seconds(30)
  /// How many failures in a row make it unhealthy when nobody says.
  package static let defaultRetries = 3
  /// The pause between probes during the start period when nobody says.
  package static let defaultStartInterval = Duration.seconds(5)
}

/// Where the output of a container goes.
package struct LoggingConfig: Sendable, Hashable {
  /// The driver: `json-file`, `local`, `none` or another.
  package var driver: String
  /// Options, such as `max-size` and `max-file`.
  package var options: OrderedMap<String>

  /// Makes a configuration.
  package init(driver: String = Self.defaultDriver, options: OrderedMap<String> = [:]) {
    self.driver = driver
    self.options = options
  }

  /// The driver when the file names none.
  package static let defaultDriver = "json-file"
}

/// A command that runs at a moment in a container's life.
package struct Hook: Sendable, Hashable {
  /// The program with its arguments; may be empty in `pre_start`, where the image's runs.
  package var command: [String]
  /// The user; nil means the container's.
  package var user: String?
  /// True when it has all rights.
  package var privileged: Bool
  /// The working directory; nil means the container's.
  package var workingDirectory: String?
  /// Variables besides the container's.
  package var environment: OrderedMap<String?>
  /// The image of a `pre_start` container; nil means the service's.
  package var image: String?
  /// True when a `pre_start` container runs once a replica instead of once a service.
  package var perReplica: Bool

  /// Makes a hook.
  package init(command: [String]) {
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
package struct WatchRule: Sendable, Hashable {
  /// What is done.
  package enum Action: String, Sendable, Hashable, CaseIterable {
    case rebuild
    case sync
    case restart
    case syncRestart = "sync+restart"
    case syncExec = "sync+exec"
  }

  /// What is watched; absolute.
  package var path: String
  /// What is done.
  package var action: Action
  /// Where changed files go in the container.
  package var target: String?
  /// Patterns of files that are left out.
  package var ignore: [String]
  /// Patterns of files that count; empty means all.
  package var include: [String]
  /// True when everything is copied at the start.
  package var initialSync: Bool
  /// What `sync+exec` runs.
  package var exec: Hook?

  /// Makes a rule.
  package init(path: String, action: Action) {
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
package struct UpdateConfig: Sendable, Hashable {
  /// Which of the old and the new container is first.
  package enum Order: String, Sendable, Hashable, CaseIterable {
    case stopFirst = "stop-first"
    case startFirst = "start-first"
  }

  /// How many are replaced at once; 0 means all.
  package var parallelism: Int?
  /// The pause between groups.
  package var delay: Duration?
  /// Which of the old and the new container is first.
  package var order: Order

  /// Makes a configuration.
  package init(parallelism: Int? = nil, delay: Duration? = nil, order: Order = .stopFirst) {
    self.parallelism = parallelism
    self.delay = delay
    self.order = order
  }
}
