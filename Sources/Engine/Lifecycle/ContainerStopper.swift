import Compose
import Glibc
import Linux
import Model
import Runtime
import State

/// Stops containers: the signal that asks, patience, and at last the one that does not.
struct ContainerStopper: Sendable {
  let context: ContainerContext
  let connector: ContainerConnector
  let supervisor: SupervisorClient
  let firewall: FirewallSync
  /// What is noted of a container that is stopped.
  var desired = DesiredState.stopped

  /// Runs the `pre_stop` hooks of a container, then stops it: for verbs that have no plan.
  func stopWithHooks(
    _ record: ContainerRecord, timeout: Duration?
  ) throws(EngineError) {
    for hook in record.preStop { try runPreStop(hook, in: record) }
    try stop(record, timeout: timeout)
  }

  /// Runs a `pre_stop` hook of a container that is about to be stopped; nothing is done when it
  /// does not run. From here on its restart policy is called off: what the hook ends stays ended.
  func runPreStop(_ hook: Hook, in record: ContainerRecord) throws(EngineError) {
    try callOff(record)
    guard try status(of: record).process != nil else { return }
    HookRunner(context: context).runPreStop(hook, in: record)
  }

  /// Stops a container and returns once all of it is gone but its files; its hooks are not run. One
  /// that does not run is stopped all the same: its restart policy is called off.
  ///
  /// - Parameters:
  ///   - timeout: how long it may take; nil means as its service says.
  ///   - stop: ends the patience, and the container with it, when the user presses Ctrl-C again.
  func stop(
    _ record: ContainerRecord, timeout: Duration?, stop: StopSignal? = nil
  ) throws(EngineError) {
    try callOff(record)
    if try status(of: record).process != nil {
      try end(record, within: timeout ?? record.stopGracePeriod, stop)
      tellOfEnd(record)
      context.journal.append("stop", record)
    }
    try settle(record)
  }

  /// Kills a container without asking.
  func kill(_ record: ContainerRecord) throws(EngineError) {
    try callOff(record)
    try end(record, within: .zero, nil)
    tellOfEnd(record)
    try settle(record)
  }

  /// The end comes before what follows from it, whether or not the supervisor has seen it already.
  private func tellOfEnd(_ record: ContainerRecord) {
    guard let exit = ExitRecord.read(of: context.layout.container(record.id)) else { return }
    context.journal.appendEnd(record, exit)
  }

  /// Sends a signal that is meant to end a container.
  private func signal(_ record: ContainerRecord, _ number: Int32) throws(SyscallError) {
    context.journal.append("kill", record, [("signal", String(number))])
    try context.processes.signal(record.id, number)
  }

  /// Says that a container is not to run, so that nobody starts it again.
  private func callOff(_ record: ContainerRecord) throws(EngineError) {
    try writingState { () throws(SyscallError) in
      try desired.write(context.layout.container(record.id))
    }
    try supervisor.release([record.id])
  }

  /// Frees what a container that ended holds on networks and ports.
  func settle(_ record: ContainerRecord) throws(EngineError) {
    try connector.disconnect(record.id)
    if !record.networking.ports.isEmpty { firewall.portsChanged() }
  }

  private func warn(_ message: String, hint: String? = nil) {
    context.engine.progress.warn(Diagnostic(.warning, message, hint: hint))
  }

  private func end(
    _ record: ContainerRecord, within patience: Duration, _ stop: StopSignal?
  ) throws(EngineError) {
    let status = try status(of: record)
    guard let process = status.process else { return }
    try explaining("stop container \(record.name)") { () throws(SyscallError) in
      if case .paused = status { try context.processes.unpause(record.id) }
      if patience > .zero {
        try signal(record, record.stopSignal)
        if try waitForEnd(record.id, process, patience, stop) { return }
        let interrupted = stop?.interruption.isInterrupted ?? false
        if !interrupted { warnAboutKill(record, patience) }
      }
      try signal(record, SIGKILL)
      guard try !waitForEnd(record.id, process, Self.killPatience, nil) else { return }
      throw SyscallError("pidfd_send_signal", path: "pid \(process.pid)", errno: EBUSY)
    }
  }

  private func status(of record: ContainerRecord) throws(EngineError) -> ProcessStatus {
    try explaining("look at container \(record.name)") { () throws(SyscallError) in
      try context.processes.check(record.id)
    }
  }

  /// How long the kernel may take to end what was killed.
  private static let killPatience = Duration.seconds(10)

  private func warnAboutKill(_ record: ContainerRecord, _ patience: Duration) {
    let seconds = patience.components.seconds
    warn(
      "\(record.name) ignored \(Signals.name(of: record.stopSignal)) for \(seconds) s and was "
        + "killed",
      hint: "set `init: true`, or a `stop_signal` that the program handles, or write `command` "
        + "as a list so that no shell stands in between")
  }

  /// Waits until a container's end is recorded; false when the time passed, or the user has no
  /// more patience.
  private func waitForEnd(
    _ id: ObjectID, _ process: ProcessIdentity, _ patience: Duration, _ stop: StopSignal?
  ) throws(SyscallError) -> Bool {
    let end = Clock.monotonicNanoseconds() + UInt64(max(0, patience.wholeNanoseconds))
    while true {
      var watched = context.processes.shim(id)
      if watched == nil { watched = try PidFD.open(process) }
      guard let watched else {
        if try isOver(id, process) { return true }
        continue
      }
      let now = Clock.monotonicNanoseconds()
      guard now < end else { return watched.hasEnded }
      var entries = ([watched.raw] + (stop.map { [$0.interruption.descriptor] } ?? [])).map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      let milliseconds = Int32(min((end - now) / 1_000_000 + 1, 60_000))
      try Descriptors.poll(&entries, timeoutMilliseconds: milliseconds)
      if entries[0].revents != 0, try isOver(id, process) { return true }
      if entries.count > 1, entries[1].revents != 0 { return false }
    }
  }

  /// Looks once a shim or its program ended: true when the end of the program is recorded. A shim
  /// that was killed gets a successor, here or from the supervisor, and that one records the end.
  private func isOver(_ id: ObjectID, _ process: ProcessIdentity) throws(SyscallError) -> Bool {
    let latest = Clock.monotonicNanoseconds() + UInt64(Self.killPatience.wholeNanoseconds)
    var pauses = BackOff(first: 2_000_000, longest: 100_000_000)
    while try context.processes.check(id).process == process || needsRecord(id, process) {
      let isAlive = try process.checkAlive()
      if isAlive, context.processes.shim(id) != nil { return false }
      guard Clock.monotonicNanoseconds() < latest else { return !isAlive }
      if context.processes.needsAdoption(id), let shim = try? context.shim() {
        try context.processes.adopt(id, executable: shim)
      }
      usleep(UInt32(pauses.next() / 1000))
    }
    return true
  }

  /// Has the end of a container recorded that has ended while its shim was killed: until that is
  /// done it counts as one that runs.
  func awaitRecord(of record: ContainerRecord) throws(EngineError) {
    try explaining("look at container \(record.name)") { () throws(SyscallError) in
      let first = try InitRecord.readIfKnown(context.layout.container(record.id).initPID)?.process
      guard let first, try !first.checkAlive() else { return }
      _ = try isOver(record.id, first)
    }
  }

  /// True when the program ended and nobody is there who records how.
  private func needsRecord(_ id: ObjectID, _ process: ProcessIdentity) -> Bool {
    context.processes.needsAdoption(id)
      && InitRecord.readIfUsable(context.layout.container(id).initPID)?.process == process
  }
}
