import Glibc
import Linux
import Model
import Networking
import Runtime
import State

/// The supervisor of one project at work.
final class SupervisorProcess {
  let project: String
  let layout: Layout
  let loop: EventLoop
  let files: SupervisedProject
  private let duties: any SupervisorDuties
  private let dns: DNSServer
  private let names: NameDirectory
  private let ports: PortProxy
  private var containers: [ObjectID: SupervisedContainer] = [:]
  private var socket: ControlSocket?
  private var idleCheck: EventLoop.Timer?
  private var packetFilter: PacketFilterWatch?
  /// False until all containers that there were at the start could be read.
  private var hasAdopted = false
  private var adoptions = SupervisorProcess.retries
  /// How many containers that are over wait for a command to leave the project.
  private var untidied = 0

  /// How long after the last change it is looked whether there is still something to do.
  private static let idleDelay: UInt64 = 100_000_000
  /// How often it is tried again when a command has the project.
  private static let retryDelay: UInt64 = 300_000_000
  /// How long after one another it is tried again what failed.
  private static var retries: BackOff { BackOff(first: retryDelay, longest: 30_000_000_000) }

  init(_ files: SupervisedProject, duties: any SupervisorDuties) throws(SyscallError) {
    self.files = files
    self.duties = duties
    project = files.name
    layout = files.layout
    let loop = try EventLoop()
    let dns = DNSServer(loop)
    self.loop = loop
    self.dns = dns
    names = try NameDirectory(
      files.layout, loop, changed: { dns.update($0) },
      failed: { Supervisor.complain($0.description) })
    ports = PortProxy(loop)
  }

  /// Looks after the project until nothing of it is left to look after.
  func run() throws(SyscallError) {
    try loop.onSignals([SIGTERM, SIGINT, SIGHUP]) { [loop, layout, project] number in
      if number == SIGTERM { loop.stop() }
      if number == SIGHUP {
        layout.debugSwitch(project).follow(process: Supervisor.processName(project))
      }
    }
    signal(SIGPIPE, SIG_IGN)
    try SupervisorRecord(.ofThisProcess()).write(layout.supervisorPID(project))
    socket = try ControlSocket(layout.supervisorSocket(project), loop) { [unowned self] in
      answer($0)
    }
    adoptProject()
    scheduleIdleCheck()
    watchPacketFilter()
    try loop.run()
    socket = nil
    for path in [layout.supervisorSocket(project), layout.supervisorPID(project)] {
      try? Files.removeIfPresent(path)
    }
  }

  private func watchPacketFilter() {
    do throws(SyscallError) {
      packetFilter = try PacketFilterWatch(loop) { [duties] in
        for sentence in duties.packetFilterChanged() { Supervisor.complain(sentence) }
      }
    } catch {
      Supervisor.complain("changes of the packet filter are not seen: \(error)")
    }
  }

  // MARK: Requests

  private func answer(_ request: SupervisorRequest) -> SupervisorReply {
    switch request {
    case .watch(let ids): return SupervisorReply(failures: ids.flatMap(watch))
    case .release(let ids):
      for id in ids { containers[id]?.callOffRestart() }
      return .done
    case .refresh(let ids): return SupervisorReply(failures: ids.flatMap(refresh))
    }
  }

  /// Serves a container as it is connected now; one that is not looked after needs nothing.
  private func refresh(_ id: ObjectID) -> [String] {
    containers[id].map { serve($0.record) } ?? []
  }

  /// Takes a container up that is about to start; returns what is wrong.
  private func watch(_ id: ObjectID) -> [String] {
    let record: ContainerRecord
    do {
      guard let found = try files.containers.record(id) else {
        return ["container \(id.short) is gone"]
      }
      record = found
    } catch {
      return [error.description]
    }
    containers.removeValue(forKey: id)?.drop()
    let container = SupervisedContainer(record, self)
    containers[id] = container
    let failures = serve(record)
    if failures.isEmpty { container.awaitStart() } else { forget(id) }
    return failures
  }

  // MARK: Taking up what is there

  /// Takes up all containers of the project as they are on disk: after the start, and thus after
  /// another supervisor was killed.
  /// What cannot be read is tried again: a container that runs is not left alone.
  private func adoptProject() {
    do {
      for record in try files.containers.containers(of: project)
      where containers[record.id] == nil {
        let container = SupervisedContainer(record, self)
        guard try container.needsAttention() else { continue }
        containers[record.id] = container
        serve(container, Self.retries)
        container.takeUp()
      }
      hasAdopted = true
      adoptions.reset()
    } catch {
      Supervisor.complain("cannot take up what runs: \(error)")
      hasAdopted = false
      _ = loop.after(nanoseconds: adoptions.next()) { [weak self] in
        self?.adoptProject()
        self?.scheduleIdleCheck()
      }
    }
  }

  /// Serves a container that runs already, and tries again what failed as long as it does.
  private func serve(_ container: SupervisedContainer, _ pauses: BackOff) {
    let failures = serve(container.record)
    guard !failures.isEmpty else { return }
    for failure in failures { Supervisor.complain(failure) }
    var pauses = pauses
    _ = loop.after(nanoseconds: pauses.next()) { [weak self, weak container] in
      guard let self, let container, containers[container.record.id] === container else { return }
      serve(container, pauses)
    }
  }

  /// Answers a container's questions for names and holds its ports.
  private func serve(_ record: ContainerRecord) -> [String] {
    let found: NetworkState?
    do { found = try files.networkState(of: record.id) } catch {
      return ["cannot answer names for \(record.name): \(error)"]
    }
    guard let state = found else { return [] }
    // One that left its last network asks still, and is answered that there is no such name.
    let isServed = dns.clients.contains { $0.container == record.id }
    guard !state.endpoints.isEmpty || isServed else { return [] }
    let client = DNSClient(
      container: record.id, networks: state.endpoints.map(\.network.id),
      servers: record.networking.dns.compactMap { IPAddress($0) },
      mayForward: state.endpoints.contains { !$0.network.isInternal })
    do {
      for endpoint in state.endpoints { try names.watch(endpoint.network) }
      try dns.serve(
        client, namespacePath: layout.container(record.id).networkNamespace)
    } catch {
      return ["cannot answer names for \(record.name): \(error)"]
    }
    return ports.open(record.id, state.ports).map { failure in
      "cannot hold port \(failure.port.hostPort)/\(failure.port.transport.rawValue) for "
        + "\(record.name): \(failure.error.reason)"
    }
  }

  // MARK: What containers report

  /// A container ended for good: its name is not answered any more, and its ports are free.
  func containerIsOver(_ container: SupervisedContainer) {
    let record = container.record
    dns.stopServing(record.id)
    ports.close(record.id)
    // Who stops a container by hand also takes it off its networks.
    if !container.isStoppedByHand { tidy(record) }
    forget(record.id)
    scheduleIdleCheck()
  }

  private func forget(_ id: ObjectID) {
    dns.stopServing(id)
    ports.close(id)
    containers.removeValue(forKey: id)?.drop()
  }

  /// Takes a container off its networks that ended by itself, as soon as no command has the
  /// project; a command that has it does so itself, or starts the container again.
  private func tidy(_ record: ContainerRecord) {
    guard !(record.removeOnExit && layout.container(record.id).hasClient),
      let lock = files.tryLock()
    else {
      untidied += 1
      _ = loop.after(nanoseconds: Self.retryDelay) { [weak self] in
        self?.untidied -= 1
        self?.tidyIfOver(record)
        self?.scheduleIdleCheck()
      }
      return
    }
    for failure in duties.tidy(record) { Supervisor.complain(failure) }
    lock.release()
  }

  private func tidyIfOver(_ record: ContainerRecord) {
    guard containers[record.id] == nil, (try? files.containers.record(record.id)) ?? nil != nil,
      files.processes.status(record.id).process == nil
    else { return }
    tidy(record)
  }

  // MARK: The end

  func scheduleIdleCheck() {
    if let idleCheck { loop.cancel(idleCheck) }
    idleCheck = loop.after(nanoseconds: Self.idleDelay) { [weak self] in self?.endIfIdle() }
  }

  /// Ends when no container needs anybody and no command is about to change that.
  private func endIfIdle() {
    idleCheck = nil
    guard containers.isEmpty, untidied == 0, hasAdopted else { return ProcessMemory.trim() }
    guard let lock = files.tryLock() else {
      idleCheck = loop.after(nanoseconds: Self.retryDelay) { [weak self] in self?.endIfIdle() }
      return
    }
    adoptProject()
    if containers.isEmpty, hasAdopted {
      // Shims that are just ending must not bring us back.
      let desired = layout.supervisorDesired(project)
      do { try Files.write(desired, Array("down".utf8), mode: 0o600) } catch {
        Supervisor.complain("its end cannot be written down: \(error)")
      }
      loop.stop()
      for failure in duties.projectEnded() { Supervisor.complain(failure) }
    }
    lock.release()
  }
}
