import Model
import State

/// Decides when a container is probed, and what the answers mean. Pure: moments come from outside,
/// in nanoseconds of a clock that never goes back.
///
/// The rules are those of Docker's engine, with one addition: until the first probe is due, there
/// are early ones in growing distances. Their failures count for nothing, but a success makes the
/// container healthy at once, so that nobody waits for a whole interval in vain.
package struct HealthMachine: Sendable, Hashable {
  /// How many probes are remembered.
  package static let remembered = 5
  /// When the first early probe is due, after the start.
  package static let firstEarlyPause = Duration.milliseconds(100)

  /// How the health is found out.
  package let check: HealthcheckRecord
  /// When the container was started.
  package let startedAt: Int64
  /// What is thought of the container now.
  package private(set) var status = HealthStatus.starting
  /// How many probes that count failed in a row.
  package private(set) var failingStreak = 0
  /// The last probes, the newest last.
  package private(set) var probes: [HealthProbe] = []
  /// When the next probe is due.
  package private(set) var nextProbe: Int64
  private var earlyPause: Int64

  /// Begins with a container that was started at a moment and not probed yet.
  package init(_ check: HealthcheckRecord, startedAt: Int64) {
    self.check = check
    self.startedAt = startedAt
    earlyPause = Self.firstEarlyPause.wholeNanoseconds
    nextProbe = startedAt
    nextProbe = min(startedAt.after(earlyPause), firstRegularProbe)
  }

  /// When the first probe is due by the book.
  private var firstRegularProbe: Int64 { startedAt.after(pause(at: startedAt)) }

  private func isInStartPeriod(_ moment: Int64) -> Bool {
    status == .starting && moment < startedAt.after(check.startPeriod.wholeNanoseconds)
  }

  private func pause(at moment: Int64) -> Int64 {
    (isInStartPeriod(moment) ? check.startInterval : check.interval).wholeNanoseconds
  }

  /// A probe that began at `began` ended at `now`.
  ///
  /// - Returns: the new status, if it changed.
  package mutating func record(_ probe: HealthProbe, began: Int64, now: Int64) -> HealthStatus? {
    probes.append(probe)
    if probes.count > Self.remembered { probes.removeFirst() }
    let before = status
    if probe.exitCode == 0 {
      failingStreak = 0
      status = .healthy
    } else if !isEarly(began), !isInStartPeriod(began) {
      failingStreak += 1
      if failingStreak >= max(1, check.retries) { status = .unhealthy }
    }
    schedule(after: now)
    return status == before ? nil : status
  }

  /// True for probes before the first one that is due by the book.
  private func isEarly(_ moment: Int64) -> Bool {
    status == .starting && moment < firstRegularProbe
  }

  private mutating func schedule(after now: Int64) {
    guard isEarly(now) else {
      nextProbe = now.after(pause(at: now))
      return
    }
    earlyPause *= 2
    nextProbe = min(now.after(earlyPause), firstRegularProbe)
  }
}

extension Int64 {
  /// The moment that comes a pause later; the last one there is when the pause is centuries long.
  fileprivate func after(_ pause: Int64) -> Int64 {
    let (moment, overflow) = addingReportingOverflow(pause)
    return overflow ? .max : moment
  }
}

extension HealthMachine {
  /// The state as `health.json` keeps it.
  package var report: HealthReport {
    HealthReport(status: status, failingStreak: failingStreak, probes: probes)
  }
}
