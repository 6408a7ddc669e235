/// When a container that ended is started again.
package enum RestartPolicy: Sendable, Hashable {
  case no
  /// Whatever the exit code, until it is stopped by hand; again after a reboot.
  case always
  /// As `always`, but not after a reboot when it was stopped by hand.
  case unlessStopped
  /// After a non-zero exit code, at most `maximum` times; nil means without limit.
  case onFailure(maximum: Int?)

  /// Reads the form of the Compose file: `no`, `always`, `unless-stopped`, `on-failure[:n]`.
  package init?(_ text: String) {
    switch text {
    case "no", "": self = .no
    case "always": self = .always
    case "unless-stopped": self = .unlessStopped
    case "on-failure": self = .onFailure(maximum: nil)
    default:
      guard text.hasPrefix("on-failure:"), let count = Int(text.dropFirst(11)), count >= 0 else {
        return nil
      }
      self = .onFailure(maximum: count == 0 ? nil : count)
    }
  }

  /// The form of the Compose file.
  package var description: String {
    switch self {
    case .no: "no"
    case .always: "always"
    case .unlessStopped: "unless-stopped"
    case .onFailure(let maximum): maximum.map { "on-failure:\($0)" } ?? "on-failure"
    }
  }
}

/// What the healthcheck says of a container.
package enum HealthStatus: String, Sendable, Hashable {
  /// It has no healthcheck.
  case none
  case starting
  case healthy
  case unhealthy
}

/// The state of a container, in the words of `ps`.
package enum ContainerStatus: String, Sendable, Hashable {
  case created
  case running
  case paused
  case restarting
  case removing
  case exited
  case dead
}
