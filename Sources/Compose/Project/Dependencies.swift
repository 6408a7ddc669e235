/// A service that must be there before another.
public struct Dependency: Sendable, Hashable {
  /// What is waited for.
  public enum Condition: String, Sendable, Hashable, CaseIterable {
    case started = "service_started"
    case healthy = "service_healthy"
    case completed = "service_completed_successfully"
  }

  /// The service depended on.
  public var service: String
  /// What is waited for.
  public var condition: Condition
  /// True when the dependent restarts after this service was updated.
  public var restart: Bool
  /// False when it is enough to warn that the service is missing or did not come up.
  public var required: Bool

  /// Makes a dependency.
  public init(
    service: String, condition: Condition = .started, restart: Bool = false, required: Bool = true
  ) {
    self.service = service
    self.condition = condition
    self.restart = restart
    self.required = required
  }
}

/// Another container by a name of one's own.
public struct Link: Sendable, Hashable {
  /// The service, or the container of an external link.
  public var target: String
  /// The name under which it is found.
  public var alias: String

  /// Makes a link.
  public init(target: String, alias: String) {
    self.target = target
    self.alias = alias
  }
}

/// A service or container whose mounts are taken over.
public struct VolumesFrom: Sendable, Hashable {
  /// The owner of the mounts.
  public enum Source: Sendable, Hashable {
    case service(String)
    case container(String)
  }

  /// The owner of the mounts.
  public var source: Source
  /// True when they are mounted read-only.
  public var readOnly: Bool

  /// Makes an entry.
  public init(source: Source, readOnly: Bool = false) {
    self.source = source
    self.readOnly = readOnly
  }
}
