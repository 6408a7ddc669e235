import Glibc
import Linux
import Model
import Runtime
import State

/// A run that is over and whose shim was killed, as the files of the container and its keeper have
/// it.
struct AbandonedRun {
  private let container: ContainerLayout
  private let spec: ContainerSpec
  private let record: InitRecord
  private let keeper: KeeperProcess?
  private let cgroups = CgroupManager.machine

  init(_ container: ContainerLayout, _ spec: ContainerSpec, _ record: InitRecord) {
    self.container = container
    self.spec = spec
    self.record = record
    keeper = KeeperProcess.find(container)
  }

  /// The first process, if anybody can still tell how it ended, or if it has not.
  ///
  /// - Parameter remembered: a descriptor of it that somebody else kept open.
  func program(remembered: OwnedDescriptor?) throws(SyscallError) -> PidFD? {
    if let process = try PidFD.open(record.process) { return process }
    let pid = record.process.pid
    return keeper?.heldProgram(pid) ?? remembered.map { PidFD(pid: pid, descriptor: $0) }
  }

  /// Records the end unless that was done, brings what is in the pipes to the log, and removes all
  /// that ends with a run. The caller has the lock of the run.
  func finish() {
    cgroups.signalAll(record.cgroup, SIGKILL)
    // A program that could not begin leaves its container as it was.
    if !Files.exists(container.starting) {
      finishLog()
      if ExitRecord.read(of: container)?.startedAt != record.startedAt { recordEnd() }
    }
    keeper?.end()
    try? cgroups.remove(record.cgroup, notes: container.cgroupNotes)
    RunFiles.remove(container)
    _ = try? keeper?.process.waitForEnd(timeoutMilliseconds: 1000)
  }

  private func finishLog() {
    guard spec.log.driver != .none, let streams = try? ContainerStreams.reopen(container, spec),
      let target = try? LogTarget(container, spec.log), let pump = try? LogPump(target)
    else { return }
    var delivery: LogDelivery?
    if let wanted = spec.log.delivery, let loop = try? EventLoop() {
      delivery = LogDelivery(wanted, id: spec.id, loop)
      delivery?.tell = { [container, spec] in ShimLog(container, spec).write($0) }
      _ = delivery?.open()
      pump.onLines = { delivery?.accept($0) }
    }
    defer { delivery?.finish() }
    let pipes = streams.pipes
    try? pump.recover(Dictionary(uniqueKeysWithValues: pipes))
    for (stream, pipe) in pipes {
      while (try? pump.pump(stream, from: pipe)) ?? false {}
    }
    try? pump.finish()
  }

  private func recordEnd() {
    var exit = ExitRecord.unknown(startedAt: record.startedAt, foundAt: Clock.now())
    let program = try? program(remembered: nil)
    if let program, (try? program.waitForEnd(timeoutMilliseconds: WaitLimit.end)) == true,
      let status = program.exitStatus()
    {
      exit.code = status.code
      exit.signal = status.signal
      exit.codeKnown = true
    }
    exit.oomKilled = cgroups.oomKills(record.cgroup) > 0
    exit.keep(in: container, ShimLog(container, spec))
  }
}
