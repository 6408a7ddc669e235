import Model

/// How the health of a container is found out.
package enum Healthcheck: Sendable, Hashable {
  /// As the image says.
  case inherited
  /// Not at all, whatever the image says.
  case disabled
  /// As given; what is nil is as the image says, else the default.
  case custom(HealthcheckSettings)
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

  /// What is done when a new container fails.
  package enum FailureAction: String, Sendable, Hashable, CaseIterable {
    /// The update ends; what was not replaced yet stays.
    case pause
    /// The update goes on.
    case `continue`
    /// The former containers come back.
    case rollback
  }

  /// How many are replaced at once; 0 means all, nil one.
  package var parallelism: Int?
  /// The pause between groups.
  package var delay: Duration?
  /// Which of the old and the new container is first.
  package var order: Order
  /// What is done when a new container fails.
  package var failureAction = FailureAction.pause
  /// How long a new container must run before it counts as one that works.
  package var monitor = Duration.seconds(5)
  /// The part of the containers that may fail, from 0 to 1.
  package var maxFailureRatio = 0.0

  /// Makes a configuration.
  package init(parallelism: Int? = nil, delay: Duration? = nil, order: Order = .stopFirst) {
    self.parallelism = parallelism
    self.delay = delay
    self.order = order
  }
}
