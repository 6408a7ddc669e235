import Glibc
import Linux
import Model
import Runtime
import State

/// The verb `adopt`: takes the place of a shim that was killed.
struct AdoptVerb {
  private let container: ContainerLayout

  init(_ container: ContainerLayout) { self.container = container }

  func run() -> Int32 {
    var log = ShimLog(container)
    do throws(LaunchFailure) {
      let taken = try stage("adopt") { () throws(SyscallError) in try RunFiles.lock(container) }
      // Another one may be faster; then there is nothing to do.
      guard let lock = taken else { return 0 }
      let found = try reading("adopt") { () throws(RecordError) in
        try container.refuseNewerRun()
        return try InitRecord.read(container.initPID)
      }
      guard let record = found else { return 0 }
      let spec = try ContainerSpec.read(container.spec)
      log = ShimLog(container, spec)
      let monitor = try stage("adopt") { () throws(SyscallError) -> ContainerMonitor? in
        try RunFiles.recordShim(container)
        try Privileges.becomeSubreaper()
        guard let process = try PidFD.open(record.process) else { return nil }
        return try adopt(process, record, spec, lock)
      }
      guard let monitor else {
        recordUnknownEnd(record, spec)
        return 0
      }
      ProcessMemory.trim()
      return monitor.run()
    } catch {
      log.giveUp("it cannot take the place of the one that was killed", error)
      return error.exitCode
    }
  }

  private func adopt(
    _ process: PidFD, _ record: InitRecord, _ spec: ContainerSpec, _ lock: OwnedDescriptor
  ) throws(SyscallError) -> ContainerMonitor {
    var streams = try ContainerStreams.reopen(container, spec)
    if spec.terminal {
      streams.terminal = Keeper.heldDescriptor(container)
    } else if spec.openStdin {
      streams.input = Keeper.heldDescriptor(container)
    }
    let monitor = try ContainerMonitor(
      container: container, spec: spec, process: process, isChild: false,
      startedAt: record.startedAt, streams: streams, lock: lock)
    try monitor.recover()
    return monitor
  }

  /// It ended while nobody watched: the code is lost, what it wrote is not.
  private func recordUnknownEnd(_ record: InitRecord, _ spec: ContainerSpec) {
    if spec.log.driver != .none, let streams = try? ContainerStreams.reopen(container, spec),
      let target = try? LogTarget(container, spec.log), let pump = try? LogPump(target)
    {
      let pipes = streams.pipes
      try? pump.recover(Dictionary(uniqueKeysWithValues: pipes))
      for (stream, pipe) in pipes {
        while (try? pump.pump(stream, from: pipe)) ?? false {}
      }
      try? pump.finish()
    }
    let cgroups = CgroupManager()
    cgroups.signalAll(record.cgroup, SIGKILL)
    var exit = ExitRecord.unknown(startedAt: record.startedAt, foundAt: Clock.now())
    exit.oomKilled = cgroups.oomKills(record.cgroup) > 0
    exit.keep(in: container, ShimLog(container, spec))
    try? cgroups.remove(record.cgroup)
    RunFiles.remove(container)
  }
}
