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
