import Glibc
import Linux
import Model
import State

/// What a container is doing.
package enum ProcessStatus: Sendable, Hashable {
  /// It was never started.
  case created
  /// Its program runs; the process is its PID 1.
  case running(ProcessIdentity, startedAt: Timestamp)
  /// All its processes are stopped.
  case paused(ProcessIdentity, startedAt: Timestamp)
  /// It ended.
  case exited(ExitRecord)

  /// Its PID 1, while it has one.
  package var process: ProcessIdentity? {
    switch self {
    case .running(let process, _), .paused(let process, _): process
    case .created, .exited: nil
    }
  }
}

/// One process of a container.
package struct ContainerMember: Sendable, Hashable {
  /// Its pid on the machine.
  package var pid: Int32
  /// Its parent's pid on the machine.
  package var parent: Int32
  /// Its arguments; the program's name in brackets when it has none.
  package var arguments: [String]
}

/// Watches and controls containers that were started, straight through the kernel and the files.
package struct ContainerProcess: Sendable {
  let layout: Layout
  let cgroups: CgroupManager

  /// Makes an observer of the containers below `layout`.
  package init(layout: Layout, cgroups: CgroupManager = .machine) {
    self.layout = layout
    self.cgroups = cgroups
  }

  /// What a container is doing, as far as can be told: one whose files cannot be read counts as one
  /// that does not run.
  package func status(_ id: ObjectID) -> ProcessStatus {
    do { return try check(id) } catch {
      return unrecordedEnd(layout.container(id))
    }
  }

  /// What a container is doing, for those who act upon that it does not run.
  ///
  /// - Throws: when a file or /proc cannot be read, so that nobody knows.
  package func check(_ id: ObjectID) throws(SyscallError) -> ProcessStatus {
    let container = layout.container(id)
    let run = try InitRecord.readIfKnown(container.initPID)
    if let record = run, try isRunning(record, container) {
      let isFrozen = cgroups.isFrozen(record.cgroup)
      return isFrozen
        ? .paused(record.process, startedAt: record.startedAt)
        : .running(record.process, startedAt: record.startedAt)
    }
    if let end = try recordedEnd(container, of: run) { return .exited(end) }
    // Its keeper has what it wrote last, and how it ended, for the next shim: until that has
    // recorded it, it counts as running as well.
    if let record = run, !Files.exists(container.starting),
      try ProcessIdentity.readIfKnown(container.keeperPID)?.checkAlive() ?? false
    {
      return .running(record.process, startedAt: record.startedAt)
    }
    // Between the two reads the shim may have written the one and removed the other.
    if let started = try InitRecord.readIfKnown(container.initPID)?.startedAt,
      !Files.exists(container.starting)
    {
      return .exited(.unknown(startedAt: started, foundAt: Clock.now()))
    }
    return unrecordedEnd(container)
  }

  /// How the last run ended, as it is written down. What is written of an earlier one does not count
  /// when the program of a later one may have begun.
  private func recordedEnd(
    _ container: ContainerLayout, of run: InitRecord?
  ) throws(SyscallError) -> ExitRecord? {
    var found = ExitRecord.read(of: container)
    // Nothing is told of an end that is written down but cannot be read.
    if found == nil { found = try ExitRecord.readIfKnown(container.exit) }
    guard let end = found else { return nil }
    guard let run, end.startedAt != run.startedAt, !Files.exists(container.starting) else {
      return end
    }
    // Unless the files of the run were removed meanwhile.
    return try InitRecord.readIfKnown(container.initPID) == run ? nil : end
  }

  private func unrecordedEnd(_ container: ContainerLayout) -> ProcessStatus {
    // The moment is the same at each look: what was decided about this end is known by it.
    guard let log = try? Files.status(container.log) else { return .created }
    let lastWrite = Timestamp(nanoseconds: log.modifiedNanoseconds)
    return .exited(.unknown(startedAt: nil, foundAt: lastWrite))
  }

  // A container whose end the shim is just recording still counts as running.
  private func isRunning(
    _ record: InitRecord, _ container: ContainerLayout
  ) throws(SyscallError) -> Bool {
    if try record.process.checkAlive() { return true }
    return try ProcessIdentity.readIfKnown(container.shimPID)?.checkAlive() ?? false
  }

  /// The container's shim, by descriptor: it ends once the end of the container is recorded. Nil
  /// when it does not run.
  package func shim(_ id: ObjectID) -> PidFD? {
    guard let identity = ProcessIdentity.readIfUsable(layout.container(id).shimPID) else {
      return nil
    }
    return try? PidFD(identity)
  }

  /// True when a shim has to be started: the container lives without one, or it ended and nobody
  /// recorded that.
  package func needsAdoption(_ id: ObjectID) -> Bool {
    let container = layout.container(id)
    guard InitRecord.readIfUsable(container.initPID) != nil else { return false }
    return !(ProcessIdentity.readIfUsable(container.shimPID)?.isAlive ?? false)
  }

  /// True when the program of a container's last run may have begun; false while it is being started.
  package func hasBegun(_ id: ObjectID) -> Bool {
    let container = layout.container(id)
    return InitRecord.readIfUsable(container.initPID) != nil && !Files.exists(container.starting)
  }

  /// Sends a signal to the container's PID 1; false when it does not run.
  @discardableResult
  package func signal(_ id: ObjectID, _ number: Int32) throws(SyscallError) -> Bool {
    guard let record = InitRecord.readIfUsable(layout.container(id).initPID) else { return false }
    do throws(SyscallError) {
      try PidFD(record.process).signal(number)
      return true
    } catch {
      guard error.errno == ESRCH else { throw error }
      return false
    }
  }

  /// Stops all processes of a container where they are.
  package func pause(_ id: ObjectID) throws(SyscallError) { try cgroups.freeze(cgroupPath(id)) }

  /// Lets the processes of a container go on.
  package func unpause(_ id: ObjectID) throws(SyscallError) { try cgroups.thaw(cgroupPath(id)) }

  /// Stops all processes of a container for as long as this process lives, or until `goOn`.
  package func pauseForNow(_ id: ObjectID) throws(SyscallError) {
    try ProcessIdentity.ofThisProcess().write(layout.container(id).pausedBy)
    try pause(id)
  }

  /// Lets the processes go on that `pauseForNow` has stopped, here or in a process that was killed.
  package func goOn(_ id: ObjectID) throws(SyscallError) {
    if case .paused = try check(id) { try unpause(id) }
    try Files.removeIfPresent(layout.container(id).pausedBy)
  }

  /// Lets a container go on whose processes were stopped by a process that is no more.
  package func goOnIfAbandoned(_ id: ObjectID) throws(SyscallError) {
    let command = try ProcessIdentity.readIfKnown(layout.container(id).pausedBy)
    if let command, try !command.checkAlive() { try goOn(id) }
  }

  /// The processes of a container, PID 1 first.
  package func processes(_ id: ObjectID) -> [ContainerMember] {
    var pids = cgroups.processes(cgroupPath(id))
    if let first = InitRecord.readIfUsable(layout.container(id).initPID)?.process.pid,
      let position = pids.firstIndex(of: first)
    {
      pids.remove(at: position)
      pids.insert(first, at: 0)
    }
    return pids.compactMap { pid in
      guard let stat = ProcessTable.stat(pid), !stat.hasEnded else { return nil }
      let arguments = ProcessTable.arguments(pid)
      return ContainerMember(
        pid: pid, parent: stat.parent, arguments: arguments.isEmpty ? ["[\(stat.name)]"] : arguments
      )
    }
  }

  /// What a container uses at this moment; nil when it does not run.
  package func statistics(_ id: ObjectID) -> ContainerStatistics? {
    guard let process = status(id).process else { return nil }
    var result = cgroups.statistics(cgroupPath(id))
    let table = (try? Files.readText("/proc/\(process.pid)/net/dev")) ?? ""
    for line in table.split(separator: "\n").dropFirst(2) {
      let parts = line.split { $0 == " " || $0 == ":" }
      guard parts.count >= 10, parts[0] != "lo" else { continue }
      result.networkReceived += UInt64(parts[1]) ?? 0
      result.networkSent += UInt64(parts[9]) ?? 0
    }
    return result
  }

  /// Starts a shim for a container that lost its own. Does nothing when it has one.
  ///
  /// - Parameter remembered: its PID 1, which tells how it ended although it was waited for.
  package func adopt(
    _ id: ObjectID, executable: ShimExecutable, remembered: PidFD? = nil
  ) throws(SyscallError) {
    guard needsAdoption(id) else { return }
    let container = layout.container(id)
    let null = try Files.open("/dev/null", O_RDWR)
    var descriptors = [(from: null.raw, to: Int32(0)), (null.raw, 1), (null.raw, 2)]
    if let remembered { descriptors.append((remembered.raw, ShimDescriptor.program)) }
    var request = executable.request(.adopt(container), descriptors: descriptors)
    request.newSession = true
    try Spawn.detach(request)
  }

  /// Removes what a container that ended left in the kernel and in the run directory. Its network
  /// namespace is not touched, nor its log, exit record and files.
  package func cleanup(_ id: ObjectID) throws(SyscallError) {
    let path =
      try InitRecord.readIfKnown(layout.container(id).initPID)?.cgroup
      ?? CgroupSpec.standardPath(id)
    cgroups.signalAll(path, SIGKILL)
    let container = layout.container(id)
    try cgroups.remove(path, notes: container.cgroupNotes)
    try endKeeper(container)
    // The compiled seccomp program is not the shim's to remove: the next start may have written it
    // while the shim of the last one is still ending.
    try Files.removeWithRemains([container.seccomp] + container.runFiles)
  }

  private func endKeeper(_ container: ContainerLayout) throws(SyscallError) {
    guard let identity = try ProcessIdentity.readIfKnown(container.keeperPID),
      let keeper = try PidFD.open(identity)
    else { return }
    try? keeper.signal(SIGKILL)
    _ = try keeper.waitForEnd(timeoutMilliseconds: WaitLimit.end)
  }

  func cgroupPath(_ id: ObjectID) -> String {
    InitRecord.readIfUsable(layout.container(id).initPID)?.cgroup ?? CgroupSpec.standardPath(id)
  }
}
