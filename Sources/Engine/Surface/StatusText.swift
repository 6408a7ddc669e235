import Model

extension ContainerSummary {
  /// What the STATUS column of `ps` shows, such as `Up 3 minutes (healthy)`.
  package func statusText(now: Timestamp) -> String {
    switch status {
    case .created: return "Created"
    case .removing: return "Removal In Progress"
    case .dead: return "Dead"
    case .running: return "Up \(age(of: startedAt, now))\(healthText)"
    case .paused: return "Up \(age(of: startedAt, now)) (Paused)"
    case .restarting: return "Restarting (\(exitText)) \(age(of: finishedAt, now)) ago"
    case .exited: return "Exited (\(exitText)) \(age(of: finishedAt, now)) ago"
    }
  }

  /// How long ago it was made, such as `3 minutes ago`.
  package func runningFor(now: Timestamp) -> String { "\(age(of: created, now)) ago" }

  private var exitText: String { exitCodeKnown ? exitCode.map(String.init) ?? "?" : "?" }

  private var healthText: String {
    switch health {
    case .none: ""
    case .starting: " (health: starting)"
    case .healthy, .unhealthy: " (\(health.rawValue))"
    }
  }

  private func age(of moment: Timestamp?, _ now: Timestamp) -> String {
    guard let moment else { return "Less than a second" }
    return HumanDuration.text(
      seconds: (now.nanoseconds - moment.nanoseconds) / 1_000_000_000)
  }
}

/// Spans of time in the rough words that listings use.
package enum HumanDuration {
  private static let minute: Int64 = 60
  private static let hour: Int64 = 3600
  /// In hours.
  private static let day: Int64 = 24

  /// The span in its largest fitting unit: `Less than a second`, `5 seconds`, `About an hour`.
  package static func text(seconds: Int64) -> String {
    // From an hour on, Docker counts whole hours, rounded.
    let hours = (seconds + hour / 2) / hour
    return switch seconds {
    case ..<1: "Less than a second"
    case 1: "1 second"
    case ..<minute: "\(seconds) seconds"
    case ..<(2 * minute): "About a minute"
    case ..<hour: "\(seconds / minute) minutes"
    case _ where hours == 1: "About an hour"
    case _ where hours < 2 * day: "\(hours) hours"
    case _ where hours < 14 * day: "\(hours / day) days"
    case _ where hours < 60 * day: "\(hours / (7 * day)) weeks"
    case _ where hours < 730 * day: "\(hours / (30 * day)) months"
    default: "\(seconds / hour / (365 * day)) years"
    }
  }
}
