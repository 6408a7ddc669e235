import Glibc
import Linux
import Model
import Runtime
import State

/// Stays with a container that runs: streams, log, clients, supervisor, end.
final class ContainerMonitor {
  private let container: ContainerLayout
  private let spec: ContainerSpec
  private let process: PidFD
  private let startedAt: Timestamp
  private let streams: ContainerStreams
  private let lock: OwnedDescriptor
  private let cgroups = CgroupManager.machine
  private let loop: EventLoop
  private let pump: LogPump
  private let attach: AttachServer
  private var input: InputQueue?
  private let keeper: Keeper
  private var supervisor: SupervisorWatch?
  private var status: ExitStatus?
  private var hasComplained = false
  /// Whether the log is tried again in a moment.
  private var isRetrying = false
  private let delivery: LogDelivery?
  /// Why lines cannot be sent where they are to be sent; nil when they can.
  let deliveryProblem: String?
  private var congestions: Set<Congestion> = []

  /// Why the program has to wait.
  private enum Congestion {
    case clients
    case delivery
  }

  init(
    container: ContainerLayout, spec: ContainerSpec, process: PidFD, keeper: KeeperProcess?,
    startedAt: Timestamp, streams: ContainerStreams, lock: OwnedDescriptor
  ) throws(SyscallError) {
    self.container = container
    self.spec = spec
    self.process = process
    self.startedAt = startedAt
    self.streams = streams
    self.lock = lock
    loop = try EventLoop()
    let keepsLog = spec.log.driver != .none
    pump = try LogPump(keepsLog ? try LogTarget(container, spec.log) : nil)
    attach = AttachServer(loop)
    delivery = spec.log.delivery.map { [loop] in LogDelivery($0, id: spec.id, loop) }
    deliveryProblem = delivery?.open()
    self.keeper = Keeper(container, loop, keeper, streams, of: process)
    try prepareInput()
    connectDelivery()
  }

  private func connectDelivery() {
    guard let delivery else { return }
    pump.onLines = { delivery.accept($0) }
    delivery.onCongestion = { [unowned self] isCongested in
      setCongested(.delivery, isCongested)
    }
    delivery.tell = { [container, spec, pump] text in
      ShimLog(container, spec).write(text)
      try? pump.note(text)
    }
  }

  private func prepareInput() throws(SyscallError) {
    guard let target = streams.terminal ?? streams.input else { return }
    try Descriptors.setNonBlocking(target.raw)
    try keeper.hold(target)
    let copy = try Descriptors.duplicate(target.raw)
    if streams.input != nil { target.close() }
    // Standard input ends when nobody holds it any more.
    input = InputQueue(loop, copy) { [keeper] in keeper.dropInput() }
  }

  /// Serves a first client that the shim was started with.
  func serve(_ client: OwnedDescriptor) throws(SyscallError) { try attach.add(client) }

  /// Finishes what an earlier shim had begun to write when it was killed.
  func recover() throws(SyscallError) {
    try pump.recover(Dictionary(uniqueKeysWithValues: pipes))
  }

  /// Serves until the container ended and that is recorded.
  func run() -> Int32 {
    do throws(SyscallError) {
      try watch()
      // What a program writes and asks for as it starts is behind us then.
      _ = loop.after(nanoseconds: 1_000_000_000) { ProcessMemory.trim() }
      while status == nil { try loop.turn(timeoutNanoseconds: nil) }
    } catch {
      // Without a loop the streams would stand still: whoever adopts the container begins anew.
      ShimLog(container, spec).giveUp("it cannot watch the container any more", error)
      return 70
    }
    finish()
    return 0
  }

  private func watch() throws(SyscallError) {
    for number in [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE] { signal(number, SIG_IGN) }
    try loop.onSignals([SIGCHLD, SIGHUP]) { [unowned self] number in
      if number == SIGHUP { ShimLog(container, spec).followSwitch() } else { reap() }
    }
    try loop.add(process.raw) { [unowned self] _ in reap() }
    pump.onBytes = { [unowned self] stream, bytes in attach.broadcast(stream, bytes) }
    attach.onRequest = { [unowned self] request in handle(request) }
    attach.onCongestion = { [unowned self] isCongested in setCongested(.clients, isCongested) }
    input?.onCongestion = { [unowned self] isCongested in attach.setReceiving(!isCongested) }
    try attach.listen(container.attachSocket)
    for (stream, pipe) in pipes {
      try loop.add(pipe) { [unowned self] _ in
        logging { () throws(SyscallError) in _ = try pump.pump(stream, from: pipe) }
      }
    }
    if let terminal = streams.terminal {
      try loop.add(terminal.raw) { [unowned self] _ in _ = readTerminal() }
    }
    if let watched = spec.supervisor {
      supervisor = SupervisorWatch(watched, loop, ShimLog(container, spec))
      supervisor?.begin()
    }
    keeper.watch()
    // It may have ended before anything was watched.
    reap()
  }

  private var pipes: [(OutputStream, Int32)] { streams.pipes }

  private func setCongested(_ reason: Congestion, _ isCongested: Bool) {
    if isCongested { congestions.insert(reason) } else { congestions.remove(reason) }
    setReading(congestions.isEmpty)
  }

  private func setReading(_ reading: Bool) {
    let events: EventLoop.Events = reading ? .readable : []
    for (_, pipe) in pipes { try? loop.modify(pipe, events) }
    if let terminal = streams.terminal { try? loop.modify(terminal.raw, events) }
  }

  private func handle(_ request: AttachServer.Request) {
    switch request {
    case .input(let bytes): input?.write(bytes)
    case .endOfInput:
      if spec.stdinOnce, !spec.terminal { input?.close() }
    case .resize(let size):
      if let terminal = streams.terminal { try? Terminal.setSize(terminal.raw, size) }
    }
  }

  /// False when there is nothing to read (now).
  private func readTerminal() -> Bool {
    guard let terminal = streams.terminal else { return false }
    return withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) { buffer in
      let count = read(terminal.raw, buffer.baseAddress, buffer.count)
      guard count > 0 else { return false }
      logging { () throws(SyscallError) in
        try pump.pass(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
      return true
    }
  }

  /// Brings something into the log. That it cannot be is said once: it is tried with each portion,
  /// and every second, since the program may write nothing more.
  private func logging(_ body: () throws(SyscallError) -> Void) {
    do throws(SyscallError) { try body() } catch {
      if !hasComplained {
        ShimLog(container, spec).write(
          "cannot write what the program writes to its log: \(error.explanation)")
      }
      hasComplained = true
      guard !isRetrying else { return }
      isRetrying = true
      loop.after(nanoseconds: 1_000_000_000) { [weak self] in
        guard let self else { return }
        isRetrying = false
        logging { () throws(SyscallError) in try self.pump.retry() }
      }
    }
  }

  // MARK: - The end

  private func reap() {
    while true {
      var raw: Int32 = 0
      let pid = waitpid(-1, &raw, WNOHANG)
      guard pid > 0 else { break }
      // Its keeper was killed, and we became its parent.
      if pid == process.pid { status = ExitStatus(waitStatus: raw) }
    }
    if status == nil, process.hasEnded { status = statusOfOrphan() }
  }

  /// The status of a process that is not our child. The kernel tells it as long as nobody has waited
  /// for it, which the keeper never does; newer kernels also later. Without a keeper somebody else
  /// may just be about to wait.
  private func statusOfOrphan() -> ExitStatus {
    codeIsKnown = true
    for _ in 0..<2000 {
      if let status = process.exitStatus() { return status }
      if ProcessTable.stat(process.pid) == nil { break }
      usleep(1000)
    }
    if let status = process.exitStatus() { return status }
    codeIsKnown = false
    return .exited(ExitRecord.unknown(startedAt: nil, foundAt: Clock.now()).code)
  }

  private var codeIsKnown = true

  private func finish() {
    let finishedAt = Clock.now()
    // PID 1 of a namespace takes all others along; in a shared one they are still there.
    if spec.namespaces.pid != .private { cgroups.signalAll(spec.cgroup.path, SIGKILL) }
    for (stream, pipe) in pipes {
      while (try? pump.pump(stream, from: pipe)) ?? false {}
    }
    while readTerminal() {}
    logging { () throws(SyscallError) in try pump.finish() }
    delivery?.finish()
    record(finishedAt)
    attach.onCongestion = nil
    keeper.end()
    flushClients()
    attach.close()
    try? cgroups.remove(spec.cgroup.path, notes: container.cgroupNotes)
    RunFiles.remove(container)
    keeper.waitForEnd()
    lock.close()
    // Whether it runs again is not for us to say, and nobody else may be left to call who decides.
    supervisor?.ensureRunning()
  }

  private func record(_ finishedAt: Timestamp) {
    guard let status else { return }
    ExitRecord(
      code: status.code, signal: codeIsKnown ? status.signal : nil, startedAt: startedAt,
      finishedAt: finishedAt, oomKilled: cgroups.oomKills(spec.cgroup.path) > 0,
      codeKnown: codeIsKnown
    ).keep(in: container, ShimLog(container, spec))
  }

  // A client gets what the program wrote last, unless it does not read for ten seconds.
  private func flushClients() {
    var deadline = Clock.monotonicNanoseconds() + 10_000_000_000
    var waiting = attach.pendingPackets
    while waiting > 0, Clock.monotonicNanoseconds() < deadline {
      guard (try? loop.turn(timeoutNanoseconds: 100_000_000)) != nil else { return }
      if attach.pendingPackets < waiting {
        deadline = Clock.monotonicNanoseconds() + 10_000_000_000
      }
      waiting = attach.pendingPackets
    }
  }
}
