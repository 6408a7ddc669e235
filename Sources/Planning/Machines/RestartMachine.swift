import Model
import State

/// Decides whether a container that ended is started again, and when. Pure: it is told what
/// happened and how long ago.
package struct RestartMachine: Sendable, Hashable {
  /// What to do about a container that ended.
  package enum Decision: Sendable, Hashable {
    case stay
    case restart(after: Duration)
  }

  /// The first pause; each further one is twice as long.
  package static let firstPause = Duration.milliseconds(100)
  /// The longest pause.
  package static let longestPause = Duration.seconds(60)
  /// After running for this long, the pauses begin anew.
  package static let settledAfter = Duration.seconds(10)

  /// When it is started again.
  package let settings: RestartSettings
  /// How often it was started again since it was started by hand.
  package private(set) var count: Int
  /// The next pause.
  package private(set) var pause: Duration
  /// How many of the restarts count towards the limit of `on-failure:n`.
  package private(set) var attempts: Int

  /// Begins with a container that was started by hand, or goes on from counts that were kept.
  package init(
    _ settings: RestartSettings, count: Int = 0, attempts: Int = 0,
    pause: Duration = Self.firstPause
  ) {
    self.settings = settings
    self.count = count
    self.attempts = attempts
    self.pause = pause
  }

  /// The container ended with `code` after running for `runtime`.
  package mutating func ended(code: Int32, after runtime: Duration, stoppedByHand: Bool) -> Decision
  {
    guard !stoppedByHand else { return .stay }
    if runtime >= Self.settledAfter { pause = Self.firstPause }
    if let window = settings.window, runtime >= window { attempts = 0 }
    guard isWanted(after: code) else { return .stay }
    let wait = settings.delay ?? pause
    pause = min(pause * 2, Self.longestPause)
    count += 1
    attempts += 1
    return .restart(after: wait)
  }

  private func isWanted(after code: Int32) -> Bool {
    switch settings.policy {
    case .no: false
    case .always, .unlessStopped: settings.maximumAttempts.map { attempts < $0 } ?? true
    case .onFailure: code != 0 && settings.maximumAttempts.map { attempts < $0 } ?? true
    }
  }
}

extension RestartSettings {
  /// How many restarts there may be in a row.
  fileprivate var maximumAttempts: Int? {
    if case .onFailure(let maximum) = policy { maximum } else { nil }
  }
}

extension RestartMachine {
  /// The state as it stands in `restarts.json`.
  package var record: RestartRecord {
    RestartRecord(count: count, attempts: attempts, pause: pause)
  }

  /// Goes on from a stored state.
  package init(_ settings: RestartSettings, record: RestartRecord?) {
    self.init(
      settings, count: record?.count ?? 0, attempts: record?.attempts ?? 0,
      pause: record?.pause ?? Self.firstPause)
  }
}
