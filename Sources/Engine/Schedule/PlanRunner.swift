import Compose
import Linux
import Model
import Planning
import Runtime
import State
import Synchronization

/// Does the operations of a plan on the machine.
final class PlanRunner: OperationRunner {
  /// How the operations are done.
  struct Options: Sendable {
    /// How long a container may take to stop; nil means as its service says.
    var stopTimeout: Duration?
    /// When the waits for dependencies end; a moment of the monotonic clock.
    var deadline: UInt64?
    /// True when start and stop are called restart in what is told to the user.
    var isRestart = false
    /// What is noted of containers that are stopped.
    var stoppedState = DesiredState.stopped
  }

  /// What was done, for whoever has to put in order what is left after a failure.
  struct Traces: Sendable {
    var createdContainers: [ContainerRecord] = []
    var startedContainers: [ContainerRecord] = []
    var createdNetworks: [String] = []
    /// True when containers were replaced group by group.
    var isUpdate = false
  }

  let context: ContainerContext
  let supervisor: SupervisorClient
  let connector: ContainerConnector
  let firewall: FirewallSync
  let starter: ContainerStarter
  let stopper: ContainerStopper
  let remover: ContainerRemover
  let resources: ResourceMaker
  private let options: Options
  private let project: Project?
  private let hashes: ConfigurationHashes
  /// Called just before a container is started.
  private let willStart: @Sendable (ContainerRecord) throws(EngineError) -> Void

  private struct State {
    var created: [Int: ContainerRecord] = [:]
    var traces = Traces()
    var changes: ContainerChanges?
    var updateFailures: [String: Int] = [:]
  }
  private let state = Mutex(State())

  init(
    _ context: ContainerContext, project: Project? = nil,
    hashes: ConfigurationHashes = ConfigurationHashes(), options: Options = Options(),
    firewall: FirewallSync? = nil,
    willStart: @escaping @Sendable (ContainerRecord) throws(EngineError) -> Void = { _ in }
  ) {
    self.context = context
    self.project = project
    self.hashes = hashes
    self.options = options
    self.willStart = willStart
    supervisor = SupervisorClient(context.engine, project: context.project)
    connector = ContainerConnector(context, supervisor)
    let firewall = firewall ?? FirewallSync(context)
    self.firewall = firewall
    starter = ContainerStarter(context, connector, supervisor, firewall)
    stopper = ContainerStopper(
      context: context, connector: connector, supervisor: supervisor, firewall: firewall,
      desired: options.stoppedState)
    remover = ContainerRemover(context: context, connector: connector)
    resources = ResourceMaker(context: context, firewall: firewall)
  }

  /// What was done so far.
  var traces: Traces { state.withLock { $0.traces } }

  func run(_ operation: Operation, stop: StopSignal) throws(EngineError) {
    switch operation.action {
    case .createNetwork(let key, let name): try createNetwork(key, name)
    case .removeNetwork(let name, let leaving): try removeNetwork(name, leaving)
    case .createVolume(let key, let name): try createVolume(key, name)
    case .removeVolume(let name):
      try report(.volume, name, .removing, .removed) { () throws(EngineError) in
        try context.volumes.remove(name)
      }
    case .removeImage(let name): try removeImage(name)
    case .createContainer(let creation): try create(creation, operation.id)
    case .startContainer(let subject): try start(subject)
    case .stopContainer(let container): try self.stop(container, stop)
    case .runHook(let run): try runHook(run, stop)
    case .removeContainer(let container, let volumes): try remove(container, volumes: volumes)
    case .renameContainer(let subject): try rename(subject)
    case .await(let wait): try self.wait(wait, stop)
    case .withdraw(let container): try groupUpdate(stop).withdraw(container)
    case .checkUpdate(let check): try groupUpdate(stop).check(check)
    case .takeOver(let former, let subject):
      try groupUpdate(stop).takeOver(former, by: subject)
    }
  }

  // MARK: Telling the user

  private func report(
    _ kind: ProgressEvent.Resource.Kind, _ name: String, _ begin: ProgressEvent.Phase?,
    _ end: ProgressEvent.Phase?, _ body: () throws(EngineError) -> Void
  ) throws(EngineError) {
    let resource = ProgressEvent.Resource(kind, name)
    if let begin { context.engine.progress.report(ProgressEvent(resource, begin)) }
    do { try body() } catch {
      let text = error.diagnostics.first?.message
      context.engine.progress.report(ProgressEvent(resource, .error, detail: text))
      throw error
    }
    if let end { context.engine.progress.report(ProgressEvent(resource, end)) }
  }

  // MARK: Networks, volumes, images

  private func createNetwork(_ key: String, _ name: String) throws(EngineError) {
    guard let network = project?.network(key) else { return }
    try report(.network, name, .creating, .created) { () throws(EngineError) in
      try resources.createNetwork(network, hash: hashes.networks[key] ?? "")
    }
    state.withLock { $0.traces.createdNetworks.append(name) }
  }

  private func removeNetwork(
    _ name: String, _ leaving: Set<ObjectID>
  ) throws(EngineError) {
    let resource = ProgressEvent.Resource(.network, name)
    context.engine.progress.report(ProgressEvent(resource, .removing))
    let isRemoved = try resources.removeNetwork(name, leaving: leaving)
    context.engine.progress.report(ProgressEvent(resource, isRemoved ? .removed : .inUse))
  }

  private func createVolume(_ key: String, _ name: String) throws(EngineError) {
    guard let volume = project?.volume(key) else { return }
    try report(.volume, name, .creating, .created) { () throws(EngineError) in
      try resources.createVolume(volume, hash: hashes.volumes[key] ?? "")
    }
  }

  private func removeImage(_ name: String) throws(EngineError) {
    guard try context.image(name) != nil else { return }
    try report(.image, name, .removing, .removed) { () throws(EngineError) in
      try UnusedImageRemoval(context: context).remove(name)
    }
  }

  // MARK: Containers

  private func create(_ creation: Operation.Creation, _ operation: Int) throws(EngineError) {
    guard let project, var service = project.service(creation.service) else { return }
    guard let image = try context.image(service.image) else {
      throw MissingImage.error(service.image)
    }
    service.replicas = max(1, service.replicas)
    var request = ContainerRequest(
      project: project, service: service, id: .random(), name: creation.name,
      number: creation.number, image: image, configHash: hashes.services[service.name] ?? "")
    if let old = creation.replaces { request.replaces = try context.record(old.id) }
    request.keepsAnonymousVolumes = creation.keepsAnonymousVolumes
    let isNew = creation.replaces == nil
    try report(
      .container, creation.name, isNew ? .creating : .recreate, isNew ? .created : .recreated
    ) { () throws(EngineError) in
      let names = service.networks.compactMap { project.network($0.network)?.name }
      if service.networkMode == .bridge || names.contains(NetworkingResolution.defaultBridge) {
        try resources.createDefaultBridge()
      }
      let record = try ContainerBuilder(context: context).create(request)
      state.withLock {
        $0.created[operation] = record
        $0.traces.createdContainers.append(record)
      }
    }
  }

  /// Counts containers that did not work when their service was updated; returns how many there are.
  func countUpdateFailures(_ count: Int, of service: String) -> Int {
    state.withLock { state in
      state.updateFailures[service, default: 0] += count
      return state.updateFailures[service] ?? count
    }
  }

  private func groupUpdate(_ stop: StopSignal) -> GroupUpdate {
    state.withLock { $0.traces.isUpdate = true }
    return GroupUpdate(
      runner: self, deadline: options.deadline, changes: watchedChanges(), stop: stop)
  }

  /// Remembers what became of a container that the plan has made.
  func remember(_ record: ContainerRecord, as subject: Operation.Subject) {
    context.remember(record)
    guard case .created(let operation, _) = subject else { return }
    state.withLock { $0.created[operation] = record }
  }

  /// The record of a container that is there or was made by an earlier operation.
  func record(of subject: Operation.Subject) throws(EngineError) -> ContainerRecord {
    let record: ContainerRecord?
    switch subject {
    case .existing(let container): record = try context.record(container.id)
    case .created(let operation, _): record = state.withLock { $0.created[operation] }
    }
    guard let record else { throw EngineError("container \(subject.name) is gone") }
    return record
  }

  private func start(_ subject: Operation.Subject) throws(EngineError) {
    let record = try record(of: subject)
    if context.processes.status(record.id).process != nil {
      context.engine.progress.report(
        ProgressEvent(ProgressEvent.Resource(.container, record.shownName), .running))
      return
    }
    let isHeldBack =
      if case .created(_, let creation) = subject { creation.startsBeside } else { false }
    try willStart(record)
    // With hooks it counts as started when the last of them has ended.
    try report(
      .container, record.shownName, options.isRestart ? .restarting : .starting,
      subject.postStart.isEmpty ? .started : nil
    ) { () throws(EngineError) in
      _ = try starter.start(record, isHeldBack: isHeldBack)
    }
    if options.isRestart { context.journal.append("restart", record) }
    state.withLock { $0.traces.startedContainers.append(record) }
  }

  private func runHook(
    _ run: Operation.HookRun, _ stop: StopSignal
  ) throws(EngineError) {
    switch run.moment {
    case .preStart: try runPreStart(run, stop)
    case .postStart: try runPostStart(run)
    case .preStop: try runPreStop(run)
    }
  }

  private func runPreStart(
    _ run: Operation.HookRun, _ stop: StopSignal
  ) throws(EngineError) {
    guard let project, let service = project.service(run.subject.service) else { return }
    let first = try record(of: run.subject)
    let hook = PreStartHook(
      runner: self, project: project, service: service, first: first, run: run)
    try hook.removeEarlier()
    try report(.container, hook.name, .starting, .exited) { () throws(EngineError) in
      try hook.perform(deadline: options.deadline, changes: watchedChanges(), stop: stop)
    }
  }

  private func runPostStart(_ run: Operation.HookRun) throws(EngineError) {
    let record = try record(of: run.subject)
    let wasStarted = state.withLock { state in
      state.traces.startedContainers.contains { $0.id == record.id }
    }
    // One that ran already when its turn came was not started, so no hook belongs to that.
    guard wasStarted else { return }
    try report(.container, record.name, nil, run.isLast ? .started : nil) {
      () throws(EngineError) in
      try starter.runPostStart(run.hook, in: record)
    }
  }

  private func runPreStop(_ run: Operation.HookRun) throws(EngineError) {
    guard case .existing(let container) = run.subject, let record = try context.record(container.id)
    else { return }
    let begin = run.index == 0 ? beginOfStop : nil
    try report(.container, record.name, begin, nil) { () throws(EngineError) in
      try stopper.runPreStop(run.hook, in: record)
    }
  }

  private var beginOfStop: ProgressEvent.Phase { options.isRestart ? .restarting : .stopping }

  private func stop(
    _ container: Operation.Existing, _ stop: StopSignal
  ) throws(EngineError) {
    guard let record = try context.record(container.id) else { return }
    // With hooks the stop began with the first of them.
    let begin = container.preStop.isEmpty ? beginOfStop : nil
    try report(.container, record.name, begin, .stopped) { () throws(EngineError) in
      try stopper.stop(record, timeout: options.stopTimeout, stop: stop)
    }
  }

  private func remove(
    _ container: Operation.Existing, volumes: Bool
  ) throws(EngineError) {
    guard let record = try context.record(container.id) else { return }
    try report(.container, record.name, .removing, .removed) { () throws(EngineError) in
      try remover.remove(record, volumes: volumes)
    }
  }

  private func rename(_ subject: Operation.Subject) throws(EngineError) {
    var record = try record(of: subject)
    record.name = record.finalName ?? record.name
    record.finalName = nil
    record.replaces = nil
    try context.containers.write(record)
    context.remember(record)
    if case .created(let operation, _) = subject {
      let renamed = record
      state.withLock { $0.created[operation] = renamed }
    }
  }

  // MARK: Waiting

  private func wait(_ wait: Operation.Wait, _ stop: StopSignal) throws(EngineError) {
    try firewall.flush()
    var records: [ContainerRecord] = []
    for subject in wait.containers { records.append(try record(of: subject)) }
    let progress = context.engine.progress
    for record in records {
      let resource = ProgressEvent.Resource(.container, record.name)
      progress.report(
        ProgressEvent(
          resource, .waiting,
          detail: "\(wait.dependent) waits until it is "
            + Operation.words(for: wait.condition)))
    }
    let waiter = DependencyWaiter(
      context: context, observer: Observer(context: context), deadline: options.deadline,
      changes: watchedChanges())
    var waiting = records
    do {
      try waiter.wait(records, until: wait.condition, stop: stop) { record, _ in
        waiting.removeAll { $0.id == record.id }
        progress.report(
          ProgressEvent(
            ProgressEvent.Resource(.container, record.name),
            wait.condition == .completed ? .exited : .healthy))
      }
    } catch {
      if stop.isStopped { throw error }
      // The error says of which: the others are not waited for any more either.
      for record in waiting {
        progress.report(
          ProgressEvent(
            ProgressEvent.Resource(.container, record.name), wait.required ? .error : .skipped,
            detail: error.diagnostics.first?.message))
      }
      try fail(wait, error)
    }
  }

  /// What all waits of the plan share; nil when the kernel has none left.
  private func watchedChanges() -> ContainerChanges? {
    state.withLock { state in
      if state.changes == nil { state.changes = try? ContainerChanges() }
      return state.changes
    }
  }

  /// A diagnostic without words at a key of a service.
  func diagnostic(at part: String, of service: String) -> Diagnostic? {
    project?.service(service)?.source.diagnostic(.error, "", part: part)
  }

  private func fail(_ wait: Operation.Wait, _ error: EngineError) throws(EngineError) {
    guard var cause = error.diagnostics.first else { throw error }
    cause.message = "\(wait.dependent) cannot start: \(cause.message)"
    if let place = diagnostic(at: "depends_on.\(wait.service)", of: wait.dependent) {
      (cause.location, cause.excerpt, cause.path) = (place.location, place.excerpt, place.path)
    }
    guard wait.required else {
      cause.severity = .warning
      cause.message += "; it starts all the same, since the dependency is not required"
      context.engine.progress.warn(cause)
      return
    }
    throw EngineError(cause)
  }
}
