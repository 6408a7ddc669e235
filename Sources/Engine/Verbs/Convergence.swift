import Compose
import Image
import Linux
import Model
import Planning
import State

/// Brings a project from what it is to what its files say: the common part of `up`, `create`,
/// `scale` and `run`.
struct Convergence {
  let engine: Engine
  let project: Project
  let options: UpOptions
  let context: ContainerContext
  let hashes: ConfigurationHashes
  /// Services of which only what a container would need is made ready.
  private let prepared: Set<String>

  init(
    _ engine: Engine, _ project: Project, _ options: UpOptions, preparing prepared: Set<String> = []
  ) {
    self.prepared = prepared
    self.engine = engine
    self.project = project
    self.options = options
    context = ContainerContext(engine, project: project.name)
    hashes = ConfigurationHashes(project)
  }

  /// The services that the user named with what they depend on, in the order of starting.
  func selection() throws(EngineError) -> [Service] {
    do throws(Diagnostics) {
      let graph = try DependencyGraph(project.services)
      let named = options.create.services
      let names = graph.selection(
        of: named.isEmpty ? graph.startOrder : named,
        includeDependencies: !options.create.noDependencies)
      return names.compactMap { project.service($0) }
    } catch {
      throw EngineError(error.messages)
    }
  }

  /// Refuses what can be seen to be wrong before anything is touched.
  func check() throws(EngineError) -> [Service] {
    try ServiceArguments.check(
      options.create.services + options.create.scale.keys.sorted(), project: project)
    let services = try selection()
    guard !services.isEmpty else {
      throw EngineError(
        "no service selected", hint: "the project has no service, or all need a --profile")
    }
    try checkJobs()
    let problems = services.flatMap(\.problems)
    let clashes = ClashCheck.errors(in: services) { service in
      options.create.scale[service.name] ?? service.replicas
    }
    let resources = resourceProblems(services)
    let errors =
      problems.filter { $0.severity == .error } + MachineLimits.problems(of: services)
      + resources.errors + clashes
    guard errors.isEmpty else { throw EngineError(errors, exitCode: FailureCode.files) }
    for warning in problems where warning.severity == .warning { engine.progress.warn(warning) }
    for warning in resources.warnings { engine.progress.warn(warning) }
    return services
  }

  /// What is wrong with the networks and volumes that services use, before anything of the project is
  /// touched.
  private func resourceProblems(
    _ services: [Service]
  ) -> (errors: [Diagnostic], warnings: [Diagnostic]) {
    let used = Set(project.networkKeys(of: services))
    var errors: [Diagnostic] = []
    var warnings: [Diagnostic] = []
    for network in project.networks where used.contains(network.key) && !network.isExternal {
      var resolution = NetworkRequestResolution(
        network: network, project: project.name, hash: "")
      do { _ = try resolution.request() } catch { errors += error.diagnostics }
      warnings += resolution.warnings
    }
    let mounted = Set(project.volumeKeys(of: services))
    for volume in project.volumes where mounted.contains(volume.key) && !volume.isExternal {
      do { try VolumeCheck(volume).check() } catch { errors += error.diagnostics }
    }
    return (errors, warnings)
  }

  /// Refuses a file whose jobs are to be run by the clock; `run` brings up only what it needs.
  private func checkJobs() throws(EngineError) {
    guard prepared.isEmpty else { return }
    let scheduled = project.jobs.filter(\.isScheduled)
    guard scheduled.isEmpty else {
      throw EngineError(
        scheduled.map { job in
          job.source.diagnostic(
            .error, "nothing runs the job \(job.name) by the clock yet", part: "schedule",
            hint: "let cron or a timer of systemd call `roost run \(job.name)`, and remove "
              + "`schedule`")
        })
    }
  }

  // MARK: Planning

  /// What would be done, without doing any of it.
  func dryRun() throws(EngineError) -> PreparedPlan {
    let services = try check()
    let runner = PlanRunner(context, project: project, hashes: hashes)
    var preparation = try Recovery(runner: runner).survey()
    let survey = try imageProvider.survey(services)
    preparation.items += imageProvider.preparation(services, survey).items
    let observed = try Observer(context: context).observe()
    let plan = try reconcile(
      services, survey, observed, VolumeRenewal(self, services).chosen(observed))
    try checkNames(plan)
    for name in try runner.resources.missingBridges(existingNetworks(of: plan)) {
      preparation.add(.restoreBridge(network: name), because: "its bridge is gone")
    }
    return PreparedPlan(preparation, plan)
  }

  private var imageProvider: ImageProvider {
    ImageProvider(
      context: context, project: project, build: options.create.build, pull: options.create.pull,
      isQuiet: options.create.quietPull)
  }

  private func reconcile(
    _ services: [Service], _ images: [String: ReconcilerInput.ServiceImage],
    _ observed: ObservedState, _ renewed: Set<String>
  ) throws(EngineError) -> Plan {
    var input = ReconcilerInput(project: project, observed: observed)
    input.images = images
    input.options = options.create
    input.start = options.start
    input.prepared = prepared
    input.serviceHashes = hashes.services
    input.networkHashes = hashes.networks
    input.volumeHashes = hashes.volumes
    input.strangers = try strangers(observed)
    input.renewedVolumes = renewed
    input.volumeStrangers = try strangers(having: renewed)
    for case .image(let mount) in project.services.flatMap(\.mounts).map(\.kind) {
      input.mountedImages[mount.image] = try context.image(mount.image)?.id.hex
    }
    for name in project.services.flatMap(\.sharedContainers) {
      input.namedContainers[name] = context.container(named: name)?.id
    }
    do throws(Diagnostics) {
      let (plan, warnings) = try Reconciler.plan(input)
      for warning in warnings { engine.progress.warn(warning) }
      return plan
    } catch {
      throw EngineError(error.messages)
    }
  }

  private func checkNames(_ plan: Plan) throws(EngineError) {
    try ContainerNameClaim(context).check(plan) { service, message, hint in
      project.service(service)?.source.diagnostic(
        .error, message, part: "container_name", hint: hint)
        ?? Diagnostic(.error, message, hint: hint)
    }
  }

  /// Who of other projects is on networks whose configuration changed.
  private func strangers(_ observed: ObservedState) throws(EngineError) -> [String: [String]] {
    let changed = project.networks.filter { network in
      guard !network.isExternal, let found = observed.network(network.name) else { return false }
      return found.configHash != hashes.networks[network.key] ?? ""
    }
    guard !changed.isEmpty else { return [:] }
    let names = Set(changed.map(\.name))
    var found: [String: [String]] = [:]
    for record in try context.containers.all() where record.project != project.name {
      let owner = record.isStandalone ? "" : " of project \(record.project)"
      for attachment in record.networking.attachments where names.contains(attachment.network) {
        found[attachment.network, default: []].append("container \(record.name)\(owner)")
      }
    }
    return found
  }

  /// Who of other projects has one of some volumes.
  private func strangers(having volumes: Set<String>) throws(EngineError) -> [String: [String]] {
    guard !volumes.isEmpty else { return [:] }
    var found: [String: [String]] = [:]
    for record in try context.containers.all() where record.project != project.name {
      let owner = record.isStandalone ? "" : " of project \(record.project)"
      for name in Set(record.mounts.filter { $0.kind == .volume }.map(\.source))
      where volumes.contains(name) {
        found[name, default: []].append("container \(record.name)\(owner)")
      }
    }
    return found
  }

  // MARK: Doing

  /// What was found and done.
  struct Outcome {
    /// Did the operations.
    var runner: PlanRunner
    /// What was done.
    var plan: Plan
    /// When the patience of waits ends.
    var deadline: UInt64?
  }

  /// Does it. The caller has the project's lock. When it fails, what it made stays.
  ///
  /// - Parameters:
  ///   - checked: what `check` returned, if it was called already.
  ///   - createsFirst: true when no container starts before all are made.
  ///   - willStart: called before each start, from several threads.
  func run(
    checked: [Service]? = nil, createsFirst: Bool = false,
    willStart: @escaping @Sendable (ContainerRecord) throws(EngineError) -> Void = { _ in }
  ) throws(EngineError) -> Outcome {
    let services = if let checked { checked } else { try check() }
    let ineffective =
      services.flatMap(\.ineffectiveKeys) + project.networks.flatMap(\.ineffectiveKeys)
    for warning in ineffective { engine.progress.warn(warning) }
    var runnerOptions = PlanRunner.Options()
    runnerOptions.stopTimeout = options.create.stopTimeout
    runnerOptions.deadline = options.waitTimeout.map {
      Clock.monotonicNanoseconds() + UInt64(max(0, $0.wholeNanoseconds))
    }
    let runner = PlanRunner(
      context, project: project, hashes: hashes, options: runnerOptions, willStart: willStart)
    try Recovery(runner: runner).run()
    let images = try imageProvider.provide(services, imageProvider.survey(services))
    let observed = try Observer(context: context).observe()
    warnAboutOrigin(observed)
    let renewed = VolumeRenewal(self, services).asked(observed)
    var plan = try reconcile(services, images, observed, renewed)
    try checkNames(plan)
    if createsFirst { plan = plan.creatingFirst() }
    try remember(services)
    do {
      try carryOut(plan, runner)
    } catch {
      Aftermath(runner: runner, traces: runner.traces).run()
      throw error
    }
    reportUntouched(observed, plan, services)
    return Outcome(runner: runner, plan: plan, deadline: runnerOptions.deadline)
  }

  private func carryOut(_ plan: Plan, _ runner: PlanRunner) throws(EngineError) {
    if plan.startsContainers {
      try runner.supervisor.ensureRunning()
    } else {
      try runner.supervisor.replaceIfOlder()
    }
    runner.firewall.begin(
      afterMade: plan.createdNetworks.count, leaving: plan.removedNetworkCount)
    try runner.resources.ensureBridges(existingNetworks(of: plan))
    try Scheduler(interruption: engine.interruption, parallelism: engine.parallelism).run(
      plan, with: runner)
    try runner.firewall.flush()
  }

  /// The networks of containers that are started, without those that the plan makes.
  private func existingNetworks(of plan: Plan) -> Set<String> {
    guard plan.startsContainers else { return [] }
    let used = project.services.flatMap { service in
      service.networks.compactMap { project.network($0.network)?.name }
    }
    // A container may be on further ones, to which it was connected by hand.
    let joined = context.knownRecords.flatMap { $0.networking.attachments.map(\.network) }
    return Set(used + joined).subtracting(plan.createdNetworks)
  }

  private func warnAboutOrigin(_ observed: ObservedState) {
    guard let record = observed.project, !observed.containers.isEmpty,
      record.workingDirectory != project.workingDirectory
    else { return }
    engine.progress.warn(
      Diagnostic(
        .warning,
        "project \(project.name) was brought up from \(record.workingDirectory), and now from "
          + project.workingDirectory,
        hint: "if these are two projects, give one another name with -p or `name:`"))
  }

  private func remember(_ services: [Service]) throws(EngineError) {
    let order: [String]
    do throws(Diagnostics) { order = try DependencyGraph(project.services).startOrder } catch {
      throw EngineError(error.messages)
    }
    try ProjectStore(layout: engine.layout).write(
      ProjectRecord(
        name: project.name, workingDirectory: project.workingDirectory,
        files: project.composeFiles, serviceOrder: order))
  }

  /// Containers that run as they should are named too, so that the user sees all of the project.
  private func reportUntouched(_ observed: ObservedState, _ plan: Plan, _ services: [Service]) {
    let touched = plan.touchedContainers
    let names = Set(services.map(\.name))
    for container in observed.containers
    where container.isActive && names.contains(container.record.service)
      && !container.record.isOneOff && !touched.contains(container.record.id)
    {
      engine.progress.report(
        ProgressEvent(ProgressEvent.Resource(.container, container.record.name), .running))
    }
  }
}

extension Plan {
  /// True when it starts a container.
  var startsContainers: Bool {
    operations.contains {
      if case .startContainer = $0.action { true } else { false }
    }
  }

  /// The networks that it makes.
  var createdNetworks: Set<String> {
    var names: Set<String> = []
    for case .createNetwork(_, let name) in operations.map(\.action) { names.insert(name) }
    return names
  }

  /// How many networks it removes.
  var removedNetworkCount: Int {
    operations.count { operation in
      if case .removeNetwork = operation.action { true } else { false }
    }
  }

  /// The containers that were there before and that it changes.
  var touchedContainers: Set<ObjectID> {
    var ids: Set<ObjectID> = []
    for operation in operations {
      switch operation.action {
      case .stopContainer(let container), .removeContainer(let container, _):
        ids.insert(container.id)
      case .startContainer(.existing(let container)): ids.insert(container.id)
      default: continue
      }
    }
    return ids
  }
}
