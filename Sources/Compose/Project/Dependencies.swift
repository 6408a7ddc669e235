/// A service that must be there before another.
package struct Dependency: Sendable, Hashable {
  /// What is waited for.
  package enum Condition: String, Sendable, Hashable, CaseIterable {
    case started = "service_started"
    case healthy = "service_healthy"
    case completed = "service_completed_successfully"
  }

  /// The service depended on.
  package var service: String
  /// What is waited for.
  package var condition: Condition
  /// True when the dependent restarts after this service was updated.
  package var restart: Bool
  /// False when it is enough to warn that the service is missing or did not come up.
  package var required: Bool

  /// Makes a dependency.
  package init(
    service: String, condition: Condition = .started, restart: Bool = false, required: Bool = true
  ) {
    self.service = service
    self.condition = condition
    self.restart = restart
    self.required = required
  }
}

/// Another container by a name of one's own.
package struct Link: Sendable, Hashable {
  /// The service, or the container of an external link.
  package var target: String
  /// The name under which it is found.
  package var alias: String

  /// Makes a link.
  package init(target: String, alias: String) {
    self.target = target
    self.alias = alias
  }
}

/// A service or container whose mounts are taken over.
package struct VolumesFrom: Sendable, Hashable {
  /// The owner of the mounts.
  package enum Source: Sendable, Hashable {
    case service(String)
    case container(String)
  }

  /// The owner of the mounts.
  package var source: Source
  /// True when they are mounted read-only.
  package var readOnly: Bool

  /// Makes an entry.
  package init(source: Source, readOnly: Bool = false) {
    self.source = source
    self.readOnly = readOnly
  }
}
