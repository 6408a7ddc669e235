import Glibc
import Linux
import Model
import Planning
import Runtime
import State

/// One container under supervision: its process, its restarts and its health.
final class SupervisedContainer {
  /// What it is doing.
  private enum Phase {
    /// A command is about to start it.
    case awaitingStart
    /// Its process runs; the descriptor is the shim's.
    case running(PidFD)
    /// It ended and is started again when the timer fires.
    case pausing(EventLoop.Timer)
    /// It is being started again.
    case restarting(PendingLaunch)
    /// It is not looked after any more.
    case over
  }

  let record: ContainerRecord
  private unowned let supervisor: SupervisorProcess
  private let containerLayout: ContainerLayout
  private var phase = Phase.awaitingStart
  private var restarts: RestartMachine
  private var health: HealthProber?
  private var lookTimer: EventLoop.Timer?
  private var memory: RunMemory?

  // A command that starts a container takes milliseconds; one that was killed never does. So the
  // looks become seldom, and so do attempts to replace a shim where its program is missing.
  private var looks = BackOff(first: 50_000_000, longest: 1_000_000_000)
  private var adoptions = BackOff(first: 50_000_000, longest: longestPause)
  private var shimSince: UInt64 = 0
  // Attempts to start it again whose shim was killed.
  private var interruptions = BackOff(first: 20_000_000, longest: longestPause)

  /// No attempt waits longer for the next, also where one shim after the other is killed: without
  /// one its program stops once its pipe is full. A shim that lived as long is a sound one.
  private static let longestPause: UInt64 = 1_000_000_000
  /// So often it is looked quickly.
  private static let quickLooks = 40

  private var loop: EventLoop { supervisor.loop }
  private var processes: ContainerProcess { supervisor.files.processes }

  init(_ record: ContainerRecord, _ supervisor: SupervisorProcess) {
    self.record = record
    self.supervisor = supervisor
    containerLayout = supervisor.layout.container(record.id)
    restarts = RestartMachine(
      record.restart, record: RestartRecord.readIfUsable(containerLayout.restarts))
  }

  /// True when a command stopped it: its restart policy does not apply.
  var isStoppedByHand: Bool { DesiredState.read(containerLayout) != .running }

  /// True unless it is at rest: it runs, waits for its restart, or ended without anybody seeing.
  ///
  /// - Throws: when that cannot be read.
  func needsAttention() throws(SyscallError) -> Bool {
    if processes.needsAdoption(record.id) { return true }
    switch try processes.check(record.id) {
    case .running, .paused: return true
    case .created: return false
    case .exited(let exit):
      // Without a run directory it ended with the machine: what runs then is for commands to decide.
      guard !isStoppedByHand, Files.isDirectory(containerLayout.run) else { return false }
      return RestartRecord.readIfUsable(containerLayout.restarts)?.hasSettled(exit) != true
    }
  }

  // MARK: Its process

  /// A command is about to start it.
  func awaitStart() {
    restarts = RestartMachine(record.restart)
    store(waiting: false)
    looks.reset()
    scheduleLook()
  }

  /// Goes on from what is on disk: an end that came after the last command to start it counts, and
  /// any end when the last command was to stop it.
  func takeUp() {
    let started = isStoppedByHand ? nil : try? Files.status(containerLayout.desired)
    awaitedSince = Timestamp(nanoseconds: started?.modifiedNanoseconds ?? 0)
    lookForProcess()
  }

  /// Looks whether its process runs, and watches it from then on.
  func lookForProcess() {
    if case .running = phase { return }
    cancelLook()
    let status = processes.status(record.id)
    switch status {
    case .running(let process, let started), .paused(let process, let started):
      if !processes.hasBegun(record.id) { return lookAfterStart() }
      watch(process, started)
    case .exited where processes.needsAdoption(record.id): adopt()
    case .created where processes.needsAdoption(record.id): adopt()
    case .exited(let exit):
      if case .awaitingStart = phase, exit.startedAt ?? exit.finishedAt < awaitedSince {
        scheduleLook()
      } else {
        ended(exit)
      }
    case .created: isRemoved ? removed() : scheduleLook()
    }
  }

  /// True when its record is gone: a command removed it before its end was seen here. A record that
  /// cannot be read is one that is there.
  private var isRemoved: Bool {
    do { return try supervisor.files.containers.record(record.id) == nil } catch { return false }
  }

  /// Who removed it has told of its end, and taken it off its networks.
  private func removed() {
    cancelLook()
    health?.stop()
    health = nil
    phase = .over
    supervisor.containerIsOver(self)
  }

  /// It is being started: that goes on by itself, or its shim was killed and leaves remains.
  private func lookAfterStart() {
    if processes.needsAdoption(record.id) { adopt() } else { scheduleLook() }
  }

  /// Ends of runs before this moment belong to an earlier start.
  private lazy var awaitedSince = Clock.now()

  private func scheduleLook() { scheduleLook(after: looks.next(quickly: Self.quickLooks)) }

  private func scheduleLook(after nanoseconds: UInt64) {
    _ = awaitedSince
    lookTimer = loop.after(nanoseconds: nanoseconds) { [weak self] in
      self?.lookTimer = nil
      self?.lookForProcess()
    }
  }

  private func cancelLook() {
    if let lookTimer { loop.cancel(lookTimer) }
    lookTimer = nil
  }

  private func watch(_ process: ProcessIdentity, _ started: Timestamp) {
    if memory?.identity != process { memory = RunMemory(process, containerLayout) }
    tellOfRestart(started)
    guard let shim = processes.shim(record.id) else { return adopt() }
    phase = .running(shim)
    // Whatever end comes now is that of this run.
    awaitedSince = Timestamp(nanoseconds: 0)
    looks.reset()
    shimSince = Clock.monotonicNanoseconds()
    do {
      try loop.add(shim.raw) { [weak self] _ in self?.shimEnded(shim) }
    } catch {
      return Supervisor.complain("cannot watch \(record.name): \(error)")
    }
    guard health == nil, let check = record.healthcheck else { return }
    health = HealthProber(record, check, startedAt: started, supervisor)
  }

  private func shimEnded(_ shim: PidFD) {
    loop.remove(shim.raw)
    phase = .awaitingStart
    if Clock.monotonicNanoseconds() - shimSince >= Self.longestPause { adoptions.reset() }
    if processes.needsAdoption(record.id) { return adopt() }
    lookForProcess()
  }

  /// Gives a container that lost its shim a new one.
  private func adopt() {
    let pause = adoptions.next()
    do {
      let shim: ShimExecutable = try supervisor.files.shim()
      try processes.adopt(record.id, executable: shim, remembered: memory?.process)
    } catch {
      Supervisor.complain(
        "cannot give \(record.name) a new shim: \(error); next attempt in "
          + "\(Double(pause / 1_000_000) / 1000) s")
    }
    awaitedSince = Timestamp(nanoseconds: 0)
    scheduleLook(after: pause)
  }

  // MARK: Its end

  private func ended(_ exit: ExitRecord) {
    health?.stop()
    health = nil
    memory = nil
    try? Files.removeIfPresent(containerLayout.health)
    if goOnWaiting(after: exit) { return }
    tellOfRestart(exit.startedAt)
    supervisor.files.journal.appendEnd(record, exit)
    let runtime = exit.finishedAt.nanoseconds - (exit.startedAt ?? exit.finishedAt).nanoseconds
    decide(code: exit.code, runtime: .nanoseconds(runtime), at: exit.finishedAt)
  }

  /// A predecessor that was killed had told of this end and decided on a restart after it, which
  /// counts once. False when there was none.
  private func goOnWaiting(after exit: ExitRecord) -> Bool {
    guard let stored = RestartRecord.readIfUsable(containerLayout.restarts), stored.waiting,
      stored.decided == exit.finishedAt
    else { return false }
    let pause = (stored.due ?? Clock.now()).nanoseconds - Clock.now().nanoseconds
    // A clock that was set back does not make it wait for longer than it ever does.
    let longest = RestartMachine.longestPause.wholeNanoseconds
    pauseBeforeRestart(min(pause, record.restart.delay?.wholeNanoseconds ?? longest))
    return true
  }

  /// A predecessor that was killed may have begun with a restart and told nobody.
  private func tellOfRestart(_ startedAt: Timestamp?) {
    guard let stored = RestartRecord.readIfUsable(containerLayout.restarts), stored.waiting,
      let decided = stored.decided, let startedAt, startedAt > decided
    else { return }
    store(waiting: false)
    supervisor.files.journal.append("start", record)
  }

  private func decide(code: Int32, runtime: Duration, at moment: Timestamp) {
    switch restarts.ended(code: code, after: runtime, stoppedByHand: isStoppedByHand) {
    case .stay:
      phase = .over
      store(waiting: false, settled: moment)
      supervisor.containerIsOver(self)
    case .restart(let pause):
      let due = Clock.now().nanoseconds + Int64(pause.wholeNanoseconds)
      store(waiting: true, decided: moment, due: Timestamp(nanoseconds: due))
      pauseBeforeRestart(Int64(pause.wholeNanoseconds))
    }
  }

  private func pauseBeforeRestart(_ nanoseconds: Int64) {
    phase = .pausing(
      loop.after(nanoseconds: UInt64(max(0, nanoseconds))) { [weak self] in self?.restart() })
  }

  private func store(
    waiting: Bool, decided: Timestamp? = nil, due: Timestamp? = nil, settled: Timestamp? = nil
  ) {
    var stored = restarts.record
    stored.waiting = waiting
    stored.decided = decided
    stored.due = due
    stored.settled = settled
    do { try stored.write(containerLayout.restarts) } catch {
      // Nobody asks for those of a container that is gone.
      if error.errno == ENOENT, isRemoved { return }
      Supervisor.complain("cannot write the restarts of \(record.name): \(error)")
    }
  }

  // MARK: Its restart

  private func restart() {
    guard !isStoppedByHand else { return callOffRestart() }
    // A predecessor that was killed may have begun with it: that start goes on by itself.
    if processes.status(record.id).process != nil {
      if processes.hasBegun(record.id) { return hasStarted() }
      if processes.needsAdoption(record.id) {
        phase = .awaitingStart
        return adopt()
      }
    }
    if let shim = processes.shim(record.id), !shim.hasEnded {
      return pauseBeforeRestart(Self.shimPause)
    }
    do {
      let pending = try supervisor.files.launcher().start(record.id)
      phase = .restarting(pending)
      try loop.add(pending.descriptor) { [weak self] _ in self?.restarted(pending) }
    } catch {
      restartFailed(error)
    }
  }

  /// How long the shim of another start, or one that is ending, is given before the next look.
  private static let shimPause: Int64 = 20_000_000

  private func hasStarted() {
    phase = .awaitingStart
    interruptions.reset()
    store(waiting: false)
    supervisor.files.journal.append("start", record)
    lookForProcess()
  }

  private func restarted(_ pending: PendingLaunch) {
    // A warning comes before the result, for which nobody else is to wait.
    guard pending.isOver() else { return }
    loop.remove(pending.descriptor)
    do {
      _ = try pending.wait()
      hasStarted()
    } catch {
      restartFailed(error)
    }
  }

  /// An attempt to start it again failed: a decision about that is one about the end before it.
  private func restartFailed(_ error: any Error) {
    Supervisor.complain("cannot restart \(record.name): \(error)")
    // Somebody killed the attempt: it does not count.
    if (error as? LaunchFailure)?.isInterruption == true {
      return pauseBeforeRestart(Int64(interruptions.next()))
    }
    let code = (error as? LaunchFailure)?.exitCode ?? 125
    var moment = Clock.now()
    if case .exited(let exit) = processes.status(record.id) { moment = exit.finishedAt }
    decide(code: code, runtime: .zero, at: moment)
  }

  /// The user stops the container: a restart that is due or under way is called off.
  func callOffRestart() {
    switch phase {
    case .pausing(let timer):
      loop.cancel(timer)
      over()
    case .restarting(let pending):
      loop.remove(pending.descriptor)
      pending.cancel()
      if (try? pending.wait()) != nil { return lookForProcess() }
      over()
    case .awaitingStart where processes.status(record.id).process == nil:
      over()
    case .awaitingStart, .running, .over: break
    }
  }

  private func over() {
    cancelLook()
    phase = .over
    store(waiting: false)
    supervisor.containerIsOver(self)
  }

  /// Lets go of everything.
  func drop() {
    cancelLook()
    health?.stop()
    health = nil
    switch phase {
    case .running(let shim): loop.remove(shim.raw)
    case .pausing(let timer): loop.cancel(timer)
    case .restarting(let pending): loop.remove(pending.descriptor)
    case .awaitingStart, .over: break
    }
    phase = .over
  }
}
