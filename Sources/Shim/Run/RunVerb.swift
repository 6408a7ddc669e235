import Glibc
import Linux
import Model
import Runtime
import State

/// The verb `run`: starts a container and stays with it.
struct RunVerb {
  private let container: ContainerLayout
  private let terminalSize: TerminalSize?

  init(_ container: ContainerLayout, terminalSize: TerminalSize?) {
    self.container = container
    self.terminalSize = terminalSize
  }

  func run() -> Int32 {
    let report = ReportChannel(ShimDescriptor.report)
    // Whoever started us passed no other descriptor; nothing else is open yet.
    let isAttached = fcntl(ShimDescriptor.attachment, F_GETFD) >= 0
    let client = isAttached ? OwnedDescriptor(ShimDescriptor.attachment) : nil
    let hasBarrier = fcntl(ShimDescriptor.barrier, F_GETFD) >= 0
    let barrier = hasBarrier ? OwnedDescriptor(ShimDescriptor.barrier) : nil
    do throws(LaunchFailure) {
      try stage("shim") { () throws(SyscallError) in
        try Fork.closeOnExec(from: 3)
        try Privileges.becomeSubreaper()
      }
      let start = try ContainerStart(
        container, report: report, terminalSize: terminalSize, client: client, barrier: barrier)
      return try start.run().run()
    } catch {
      report.send(.failed(error))
      return error.exitCode
    }
  }
}

/// One start, from the specification to the moment at which the program runs.
private struct ContainerStart {
  let container: ContainerLayout
  let report: ReportChannel
  let terminalSize: TerminalSize?
  let client: OwnedDescriptor?
  let barrier: OwnedDescriptor?
  let cgroups = CgroupManager.machine
  let spec: ContainerSpec

  init(
    _ container: ContainerLayout, report: ReportChannel, terminalSize: TerminalSize?,
    client: OwnedDescriptor?, barrier: OwnedDescriptor?
  ) throws(LaunchFailure) {
    self.container = container
    self.report = report
    self.terminalSize = terminalSize
    self.client = client
    self.barrier = barrier
    spec = try ContainerSpec.read(container.spec)
  }

  func run() throws(LaunchFailure) -> ContainerMonitor {
    // Without the lock nothing here is ours to clean up: another shim may have the container.
    let lock = try RunFiles.prepare(container, spec)
    let lastEnd = ExitRecord.read(of: container)
    do throws(LaunchFailure) {
      return try start(lock)
    } catch {
      try? Files.removeIfPresent(container.seccomp)
      RunFiles.remove(container)
      // A program that did not run leaves its container as it was.
      if ExitRecord.read(of: container) == nil {
        lastEnd?.keep(in: container, ShimLog(container, spec))
      }
      cgroups.signalAll(spec.cgroup.path, SIGKILL)
      try? cgroups.remove(spec.cgroup.path, notes: container.cgroupNotes)
      throw error
    }
  }

  private func start(_ lock: OwnedDescriptor) throws(LaunchFailure) -> ContainerMonitor {
    let streams = try stage("streams") { () throws(SyscallError) in
      try ContainerStreams.create(container, spec)
    }
    let warnings = try stage("cgroup") { () throws(SyscallError) in
      try cgroups.create(
        spec.cgroup, devices: DeviceRule.rules(for: spec), notes: container.cgroupNotes)
    }
    for warning in warnings { report.send(.warning(warning)) }
    let (ours, theirs) = try stage("shim") { () throws(SyscallError) in
      try UnixSocket.pair(.messages)
    }
    let membership = try stage("cgroup") { () throws(SyscallError) in
      try cgroups.membership(spec.cgroup.path)
    }
    let owners = try NamespaceOwners(spec, container)
    let users = try ContainerUsers(spec, container)
    // Held until the program runs: whoever starts next finds the file systems in this container.
    let volumes = try PreparedVolumes(spec)
    defer { volumes.release() }
    let word = try stage("shim") { () throws(SyscallError) in try StartWord(withheldIn: container) }
    let (keeper, child) = try KeeperProcess.start(container, holding: streams, until: word) {
      () throws(LaunchFailure) -> PidFD? in
      for end in [ours, lock] { end.close() }
      report.close()
      client?.close()
      barrier?.close()
      return try fork(membership, owners)
    } first: {
      streams.close()
      ContainerChild(
        spec: spec, container: container, owners: owners, users: users, cgroups: cgroups,
        membership: membership, handshake: Handshake.Child(socket: theirs, word: word),
        terminalSize: terminalSize, volumes: volumes.trees
      ).run()
    }
    theirs.close()
    let startedAt = Clock.now()
    var streamsInUse = streams
    do throws(LaunchFailure) {
      try record(child, keeper, startedAt: startedAt)
      try streams.holdInput(container, keeper)
      try waitForProgram(child, keeper, word, Handshake.Parent(socket: ours), &streamsInUse)
    } catch {
      try? child.signal(SIGKILL)
      _ = try? child.waitForEnd(timeoutMilliseconds: WaitLimit.end)
      keeper.end()
      throw error
    }
    word.close()
    try? streamsInUse.programRuns(container)
    guard let identity = ProcessIdentity.readIfUsable(container.initPID) else {
      throw LaunchFailure(stage: "shim", message: "\(container.initPID) was removed meanwhile")
    }
    let monitor = try stage("shim") { () throws(SyscallError) in
      try ContainerMonitor(
        container: container, spec: spec, process: child, keeper: keeper,
        startedAt: startedAt, streams: streamsInUse, lock: lock)
    }
    if let client { try stage("shim") { () throws(SyscallError) in try monitor.serve(client) } }
    if let problem = monitor.deliveryProblem {
      report.send(
        .warning("\(problem); its lines are kept here, and it is tried again while it runs"))
    }
    report.send(.started(identity))
    report.close()
    return monitor
  }

  private func fork(
    _ membership: CgroupManager.Membership, _ owners: NamespaceOwners
  ) throws(LaunchFailure) -> PidFD? {
    var kinds: NamespaceKinds = [.mount]
    if spec.namespaces.network == .private { kinds.insert(.network) }
    if spec.namespaces.ipc == .private { kinds.insert(.ipc) }
    if spec.namespaces.uts == .private { kinds.insert(.uts) }
    if spec.namespaces.pid == .private { kinds.insert(.pid) }
    var cgroup: OwnedDescriptor?
    if case .descriptor(let descriptor) = membership { cgroup = descriptor }
    // A pid namespace is joined by the parent, for its next children.
    try owners.enterForChildren(spec.namespaces.pid)
    return try stage("namespaces") { () throws(SyscallError) in
      try Fork.start(kinds, cgroup: cgroup)
    }
  }

  private func record(
    _ child: PidFD, _ keeper: KeeperProcess, startedAt: Timestamp
  ) throws(LaunchFailure) {
    try stage("shim") { () throws(SyscallError) in
      try ProcessIdentity(of: keeper.process.pid)?.write(container.keeperPID)
      guard let identity = ProcessIdentity(of: child.pid) else {
        throw SyscallError("clone", errno: ESRCH)
      }
      try InitRecord(process: identity, startedAt: startedAt, cgroup: spec.cgroup.path)
        .write(container.initPID)
    }
  }

  private func waitForProgram(
    _ child: PidFD, _ keeper: KeeperProcess, _ startWord: StartWord,
    _ handshake: Handshake.Parent, _ streams: inout ContainerStreams
  ) throws(LaunchFailure) {
    var failure: LaunchFailure?
    var isPrepared = false
    var isReady = false
    var isAllowed = false
    while true {
      if isPrepared, !isAllowed, try isBarrierLifted(handshake) {
        isAllowed = true
        try allow(startWord, handshake)
      }
      guard let message = try word(of: handshake) else { break }
      switch message {
      case .report(.failed(let reason)): failure = reason
      case .report(let other): report.send(other)
      case .terminal(let descriptor):
        streams.terminal = descriptor
        keeper.hold(descriptor)
      case .prepared: isPrepared = true
      case .ready: isReady = true
      }
    }
    if let failure { throw failure }
    guard isReady, isAllowed else { throw silentEnd(of: child) }
  }

  /// Lets the program start. Until here a start that is killed has changed nothing; from here on the
  /// container runs.
  private func allow(
    _ startWord: StartWord, _ handshake: Handshake.Parent
  ) throws(LaunchFailure) {
    try stage("shim") { () throws(SyscallError) in
      try startWord.give()
      try ExitRecord.remove(of: container)
      try handshake.allow()
    }
  }

  private func silentEnd(of child: PidFD) -> LaunchFailure {
    var failure = LaunchFailure(
      stage: "shim",
      message: "the container's first process was killed before its program could start"
        + (spec.cgroup.memory == nil ? "" : ": its memory limit may be too small"))
    _ = try? child.waitForEnd(timeoutMilliseconds: WaitLimit.end)
    // Not the kernel, for want of memory, but somebody.
    failure.isInterruption =
      child.exitStatus() == .signaled(SIGKILL) && cgroups.oomKills(spec.cgroup.path) == 0
    return failure
  }

  private func word(
    of handshake: Handshake.Parent
  ) throws(LaunchFailure) -> Handshake.Message? {
    do throws(SyscallError) { return try handshake.receive() } catch {
      throw LaunchFailure(
        stage: "shim",
        message: "the container's first process was still making it ready after "
          + "\(WaitLimit.words(handshake.patience)) without a word, and was killed: \(error)",
        errno: error.errno)
    }
  }

  /// Waits for the barrier or for word from the first process, whichever comes first; true when the
  /// barrier was lifted.
  private func isBarrierLifted(_ handshake: Handshake.Parent) throws(LaunchFailure) -> Bool {
    guard let barrier else { return true }
    return try stage("shim") { () throws(SyscallError) in
      var entries = [barrier.raw, handshake.socket.raw].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      guard try Descriptors.poll(&entries, timeoutMilliseconds: WaitLimit.barrier) else {
        throw SyscallError("recvmsg", path: "the word to start", errno: ETIMEDOUT)
      }
      guard entries[0].revents != 0 else { return false }
      guard try !UnixSocket.receive(barrier.raw, atMost: 1).bytes.isEmpty else {
        throw SyscallError("start", errno: ECANCELED)
      }
      return true
    }
  }
}
