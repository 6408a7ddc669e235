import Compose
import Linux
import Model
import Planning
import State

/// A verb on containers that are there: lock, look, plan, run.
struct LifecycleVerb {
  let engine: Engine
  let selection: ProjectSelection
  let services: [String]
  var options = PlanRunner.Options()

  init(_ engine: Engine, _ selection: ProjectSelection, _ services: [String]) {
    self.engine = engine
    self.selection = selection
    self.services = services
  }

  /// What `run` would do with the same `body`. Changes nothing.
  func plan(
    _ body: (ObservedState, Set<String>) throws(EngineError) -> Plan
  ) throws(EngineError) -> PreparedPlan {
    let context = ContainerContext(engine, project: selection.name)
    let runner = PlanRunner(context, project: selection.project, options: options)
    let preparation = try Recovery(runner: runner).survey()
    let observed = try Observer(context: context).observe()
    try ServiceArguments.check(
      services, project: selection.project, containers: observed.containers)
    let plan = try body(observed, ServiceArguments.services(services, of: observed.containers))
    return PreparedPlan(preparation, plan)
  }

  /// Looks at the containers, has `body` decide, and does what it says.
  func run(
    _ body: (ObservedState, Set<String>) throws(EngineError) -> Plan
  ) throws(EngineError) -> PlanRunner {
    try Engine.requireRoot()
    let lock = try ProjectLock.acquire(engine, project: selection.name)
    let context = ContainerContext(engine, project: selection.name)
    let runner = PlanRunner(context, project: selection.project, options: options)
    try Recovery(runner: runner).run()
    let observed = try Observer(context: context).observe()
    try ServiceArguments.check(
      services, project: selection.project, containers: observed.containers)
    let plan = try body(
      observed, ServiceArguments.services(services, of: observed.containers))
    if plan.startsContainers {
      try runner.supervisor.ensureRunning()
      let networks = observed.containers.flatMap { $0.record.networking.attachments }
      try runner.resources.ensureBridges(Set(networks.map(\.network)))
    }
    let scheduler = Scheduler(
      interruption: engine.interruption, parallelism: engine.parallelism)
    do { try scheduler.run(plan, with: runner) } catch {
      throw runner.firewall.flush(after: error)
    }
    try runner.firewall.flush()
    lock.release()
    return runner
  }
}

extension Engine {
  /// Starts containers that are there, in the order of their dependencies.
  package func start(
    _ selection: ProjectSelection, services: [String], wait: Bool, waitTimeout: Duration?
  ) throws(EngineError) {
    let deadline = waitTimeout.map {
      Clock.monotonicNanoseconds() + UInt64(max(0, $0.wholeNanoseconds))
    }
    var verb = LifecycleVerb(self, selection, services)
    verb.options.deadline = deadline
    var started: Set<String> = []
    let runner = try verb.run { (observed, services) throws(EngineError) in
      started = services
      return try startPlan(selection, observed, services)
    }
    guard wait else { return }
    try awaitReadiness(runner.context, deadline: deadline) { started.contains($0.service) }
  }

  /// What `start` would do, and why. Changes nothing.
  package func planStart(
    _ selection: ProjectSelection, services: [String]
  ) throws(EngineError) -> PreparedPlan {
    try LifecycleVerb(self, selection, services).plan { (observed, services) throws(EngineError) in
      try startPlan(selection, observed, services)
    }
  }

  private func startPlan(
    _ selection: ProjectSelection, _ observed: ObservedState, _ services: Set<String>
  ) throws(EngineError) -> Plan {
    guard !observed.containers.isEmpty else {
      throw EngineError(
        "project \(selection.name) has no containers to start", hint: "make them with `roost up`")
    }
    return LifecyclePlanner.start(observed.containers, services: services)
  }

  /// Stops containers, those first that depend on others.
  package func stop(
    _ selection: ProjectSelection, services: [String], timeout: Duration?
  ) throws(EngineError) {
    var verb = LifecycleVerb(self, selection, services)
    verb.options.stopTimeout = timeout
    _ = try verb.run { (observed, services) throws(EngineError) in
      Self.stopPlan(observed, services)
    }
  }

  /// What `stop` would do, and why. Changes nothing.
  package func planStop(
    _ selection: ProjectSelection, services: [String]
  ) throws(EngineError) -> PreparedPlan {
    try LifecycleVerb(self, selection, services).plan { (observed, services) throws(EngineError) in
      Self.stopPlan(observed, services)
    }
  }

  private static func stopPlan(_ observed: ObservedState, _ services: Set<String>) -> Plan {
    LifecyclePlanner.stop(observed.containers, services: services, because: "stop was asked for")
  }

  /// Stops containers and starts them again; what depends on them and asked for it, too.
  package func restart(
    _ selection: ProjectSelection, services: [String], timeout: Duration?, noDependencies: Bool
  ) throws(EngineError) {
    var verb = LifecycleVerb(self, selection, services)
    verb.options.stopTimeout = timeout
    verb.options.isRestart = true
    _ = try verb.run { (observed, services) throws(EngineError) in
      warnAboutChanges(observed, selection.project)
      return Self.restartPlan(observed, services, noDependencies)
    }
  }

  /// What `restart` would do, and why. Changes nothing.
  package func planRestart(
    _ selection: ProjectSelection, services: [String], noDependencies: Bool
  ) throws(EngineError) -> PreparedPlan {
    try LifecycleVerb(self, selection, services).plan { (observed, services) throws(EngineError) in
      Self.restartPlan(observed, services, noDependencies)
    }
  }

  private static func restartPlan(
    _ observed: ObservedState, _ services: Set<String>, _ noDependencies: Bool
  ) -> Plan {
    var selected = services
    if !noDependencies {
      selected = RecordedGraph(observed.containers).withRestartedDependents(of: services)
    }
    return LifecyclePlanner.restart(observed.containers, services: selected)
  }

  /// A restart does not apply changes of the files, which many expect.
  private func warnAboutChanges(_ observed: ObservedState, _ project: Project?) {
    guard let project else { return }
    for service in project.services {
      let hash = ConfigurationHashes.hash(service, in: project)
      guard observed.containers(of: service.name).contains(where: { $0.record.configHash != hash })
      else { continue }
      progress.warn(
        service.source.diagnostic(
          .warning, "the files changed since the container of \(service.name) was made",
          hint: "a restart does not apply that: use `roost up`"))
    }
  }
}
