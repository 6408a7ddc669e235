import Compose
import Glibc
import Linux
import Model
import Networking
import Planning
import Runtime
import State

/// Replaces containers of a service by new ones while others, or the former ones, still serve
/// (`deploy.update_config`).
///
/// A container gets its successor's place in three steps, so that whoever is killed in between leaves
/// something that the next command understands: names and ports move, then the former one is noted as
/// superseded, then the successor as one that replaces nobody any more.
struct GroupUpdate {
  let runner: PlanRunner
  /// When the patience of waits ends; a moment of the monotonic clock.
  let deadline: UInt64?
  /// Tells waits when to look again.
  let changes: ContainerChanges?
  /// Ends waits early.
  let stop: StopSignal

  private var context: ContainerContext { runner.context }
  private var progress: any ProgressReporter { context.engine.progress }

  // MARK: Names and ports

  /// Takes names and published ports from a container and waits for the connections that it has.
  func withdraw(_ container: Operation.Existing) throws(EngineError) {
    guard let record = try context.record(container.id) else { return }
    try runner.connector.withdraw(record)
    try applyPorts(of: record)
    try drain(record)
  }

  /// Gives a container that works the place of another one.
  func takeOver(
    _ former: Operation.Existing, by subject: Operation.Subject
  ) throws(EngineError) {
    guard let old = try context.record(former.id) else { return }
    let isHeldBack =
      if case .created(_, let creation) = subject { creation.startsBeside } else { false }
    let successor = try takeOver(old, by: runner.record(of: subject), isHeldBack: isHeldBack)
    runner.remember(successor, as: subject)
    try drain(old)
  }

  /// Gives a container the place of another one; returns its record from then on.
  ///
  /// - Parameter isHeldBack: true when nobody finds it by a name or a port yet. The former one may
  ///   have ended meanwhile.
  private func takeOver(
    _ former: ContainerRecord, by record: ContainerRecord, isHeldBack: Bool
  ) throws(EngineError) -> ContainerRecord {
    var (successor, old) = (record, former)
    successor.name = record.finalName ?? record.name
    successor.finalName = nil
    successor.replaces = nil
    if isHeldBack {
      try runner.connector.takeOver(successor, from: former)
      try applyPorts(of: successor)
    } else {
      try runner.connector.rename(successor)
    }
    old.supersededBy = successor.id
    old.finalName = former.name
    old.name = "\(former.id.short)_\(former.name)"
    for changed in [old, successor] {
      try context.containers.write(changed)
      context.remember(changed)
    }
    return successor
  }

  private func applyPorts(of record: ContainerRecord) throws(EngineError) {
    guard !record.networking.ports.isEmpty else { return }
    runner.firewall.portsChanged()
    try runner.firewall.flush()
  }

  /// How long after it lost its names a container can still be connected to: by who has just looked
  /// its address up.
  private static let settlingMilliseconds: Int32 = 250
  /// How long connections that stay open are waited for, at most.
  private static let longestDrain = Duration.seconds(5)
  private static let pauseMilliseconds: Int32 = 25

  /// Waits until the connections that came to a container are over, or its patience with them is.
  private func drain(_ record: ContainerRecord) throws(EngineError) {
    guard let process = context.processes.status(record.id).process else { return }
    let patience = min(record.stopGracePeriod, Self.longestDrain)
    let end = Clock.monotonicNanoseconds() + UInt64(max(0, patience.wholeNanoseconds))
    try pause(Self.settlingMilliseconds)
    while Clock.monotonicNanoseconds() < end,
      let count = PortTable.incomingConnections(of: process.pid), count > 0
    {
      try pause(Self.pauseMilliseconds)
    }
  }

  private func pause(_ milliseconds: Int32) throws(EngineError) {
    let end = Clock.monotonicNanoseconds() + UInt64(max(0, milliseconds)) * 1_000_000
    while true {
      let now = Clock.monotonicNanoseconds()
      guard now < end else { return }
      var entries = stop.descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      _ = try? Descriptors.poll(
        &entries, timeoutMilliseconds: Int32(clamping: (end - now) / 1_000_000 + 1))
      if stop.isStopped { throw stop.error }
    }
  }

  // MARK: Whether it works

  /// Waits until the new containers of a group work; what is done when they do not stands in the file.
  func check(_ check: Operation.UpdateCheck) throws(EngineError) {
    var records: [ContainerRecord] = []
    for pair in check.group { records.append(try runner.record(of: pair.successor)) }
    try runner.firewall.flush()
    let watch = UpdateWatch(
      context: context, check: check, deadline: deadline,
      pause: { () throws(EngineError) in
        try pause(Self.pauseMilliseconds)
      })
    for record in records { report(record, .waiting, "until the update works") }
    let failures = try watch.failures(records)
    for record in records {
      let failure = failures[record.id]
      report(
        record, failure == nil ? check.waitsForHealth ? .healthy : .started : .error,
        failure?.message)
    }
    if !failures.isEmpty { try answer(failures.values.map(\.self), check) }
    guard check.hasNext, let delay = check.settings.delay else { return }
    try pause(Int32(clamping: delay.wholeNanoseconds / 1_000_000))
  }

  private func report(
    _ record: ContainerRecord, _ phase: ProgressEvent.Phase, _ detail: String? = nil
  ) {
    progress.report(
      ProgressEvent(ProgressEvent.Resource(.container, record.shownName), phase, detail: detail))
  }

  private func answer(
    _ failures: [Diagnostic], _ check: Operation.UpdateCheck
  ) throws(EngineError) {
    let count = runner.countUpdateFailures(failures.count, of: check.service)
    if count <= check.tolerated || check.settings.failureAction == .continue {
      for failure in failures {
        var warning = failure
        warning.severity = .warning
        warning.message += "; the update of service \(check.service) goes on"
        progress.warn(warning)
      }
      return
    }
    let hint: String
    switch check.settings.failureAction {
    case .rollback:
      for pair in check.group { try bringBack(pair, check, wasTakenOver: false) }
      for pair in check.earlier.reversed() { try bringBack(pair, check, wasTakenOver: true) }
      hint = "the former containers are back; `roost up` tries again"
    case .pause, .continue:
      for pair in check.group { try end(pair, check) }
      hint =
        check.startsFirst
        ? "the former containers still serve; `roost up` tries again"
        : "it has taken the place of the former one; `roost up` tries again"
    }
    var error = failures[0]
    error.message = "the update of service \(check.service) failed: \(error.message)"
    error.hint = hint
    if let place = runner.diagnostic(at: "deploy.update_config", of: check.service) {
      (error.location, error.excerpt, error.path) = (place.location, place.excerpt, place.path)
    }
    throw EngineError([error] + failures.dropFirst())
  }

  /// Ends the update of a container without going back: beside the former one the new one goes, and in
  /// its place it stays to be looked at.
  private func end(
    _ pair: Operation.UpdateCheck.Pair, _ check: Operation.UpdateCheck
  ) throws(EngineError) {
    let record = try runner.record(of: pair.successor)
    if check.startsFirst { return try discard(record) }
    guard let former = try context.record(pair.former.id) else { return }
    runner.remember(try takeOver(former, by: record, isHeldBack: false), as: pair.successor)
    try runner.remover.remove(former, volumes: false)
  }

  // MARK: Back

  /// Gives a former container its place back.
  private func bringBack(
    _ pair: Operation.UpdateCheck.Pair, _ check: Operation.UpdateCheck, wasTakenOver: Bool
  ) throws(EngineError) {
    let successor = try runner.record(of: pair.successor)
    guard var former = try context.record(pair.former.id) else { return }
    former.name = former.finalName ?? former.name
    former.finalName = nil
    former.supersededBy = nil
    if check.startsFirst, wasTakenOver {
      report(former, .starting)
      _ = try runner.starter.start(former, isHeldBack: true)
      try runner.connector.takeOver(former, from: successor)
      try applyPorts(of: former)
      try drain(successor)
    }
    try discard(successor)
    if wasTakenOver {
      try context.containers.write(former)
      context.remember(former)
    }
    guard context.processes.status(former.id).process == nil else { return }
    report(former, .starting)
    _ = try runner.starter.startWithHooks(former)
    report(former, .started)
  }

  private func discard(_ record: ContainerRecord) throws(EngineError) {
    report(record, .removing)
    try runner.stopper.stop(record, timeout: nil, stop: stop)
    // Volumes that it took over are the other's still.
    try runner.remover.remove(record, volumes: false)
    report(record, .removed)
  }
}
