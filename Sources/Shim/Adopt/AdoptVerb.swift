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
      let run = AbandonedRun(container, spec, record)
      let monitor = try stage("adopt") { () throws(SyscallError) -> ContainerMonitor? in
        try RunFiles.recordShim(container)
        try Privileges.becomeSubreaper()
        guard let process = try run.program(remembered: remembered), isToBeRecorded(record) else {
          return nil
        }
        return try adopt(process, record, spec, lock)
      }
      guard let monitor else {
        run.finish()
        return 0
      }
      return monitor.run()
    } catch {
      log.giveUp("it cannot take the place of the one that was killed", error)
      return error.exitCode
    }
  }

  /// The first process as whoever started us has it open, if so.
  private var remembered: OwnedDescriptor? {
    let number = ShimDescriptor.program
    return fcntl(number, F_GETFD) >= 0 ? OwnedDescriptor(number) : nil
  }

  /// False when its program was not allowed to begin, and when the one before us had recorded its
  /// end already.
  private func isToBeRecorded(_ record: InitRecord) -> Bool {
    !Files.exists(container.starting)
      && ExitRecord.read(of: container)?.startedAt != record.startedAt
  }

  private func adopt(
    _ process: PidFD, _ record: InitRecord, _ spec: ContainerSpec, _ lock: OwnedDescriptor
  ) throws(SyscallError) -> ContainerMonitor {
    var streams = try ContainerStreams.reopen(container, spec)
    let keeper = KeeperProcess.find(container)
    let input = keeper?.heldInput
    if spec.terminal {
      streams.terminal = input
    } else if spec.openStdin {
      streams.input = input
    }
    let monitor = try ContainerMonitor(
      container: container, spec: spec, process: process, keeper: keeper,
      startedAt: record.startedAt, streams: streams, lock: lock)
    try monitor.recover()
    return monitor
  }
}
