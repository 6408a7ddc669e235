import Compose
import Linux
import Model
import Planning

extension Engine {
  /// What `down` would do, and why. Changes nothing.
  package func planDown(
    _ selection: ProjectSelection, _ options: DownOptions
  ) throws(EngineError) -> PreparedPlan {
    let context = ContainerContext(self, project: selection.name)
    let preparation = try Recovery(
      runner: PlanRunner(context, project: selection.project)
    ).survey()
    let observed = try Observer(context: context).observe()
    try checkDown(selection, options, observed)
    let outcome = DownPlanner(
      name: selection.name, project: selection.project, observed: observed, options: options
    ).plan()
    return PreparedPlan(preparation, outcome.plan)
  }

  /// Stops and removes the containers of a project, its networks and, if wanted, its volumes and
  /// images. Afterwards nothing of it is left but what was not asked for.
  package func down(
    _ selection: ProjectSelection, _ options: DownOptions
  ) throws(EngineError) {
    try Engine.requireRoot()
    let lock = try ProjectLock.acquire(self, project: selection.name)
    let context = ContainerContext(self, project: selection.name)
    var runnerOptions = PlanRunner.Options()
    runnerOptions.stopTimeout = options.timeout
    let runner = PlanRunner(context, project: selection.project, options: runnerOptions)
    try Recovery(runner: runner).run()
    let observed = try Observer(context: context).observe()
    try checkDown(selection, options, observed)
    let outcome = DownPlanner(
      name: selection.name, project: selection.project, observed: observed, options: options
    ).plan()
    let isEverything =
      options.services.isEmpty && outcome.plan.removedContainers.count == observed.containers.count
    let leaving = outcome.plan.removedNetworkCount
    if leaving > 0 { runner.firewall.begin(afterMade: 0, leaving: leaving) }
    do {
      try Scheduler(interruption: interruption, parallelism: parallelism).run(
        outcome.plan, with: runner)
    } catch {
      throw runner.firewall.flush(after: error)
    }
    for name in outcome.networksInUse {
      progress.report(ProgressEvent(ProgressEvent.Resource(.network, name), .inUse))
    }
    if isEverything, context.network(NetworkingResolution.defaultBridge) != nil {
      // The builds of `up` leave it, for the next one.
      try ResourceMaker(context: context, firewall: runner.firewall).removeUnusedDefaultBridge()
    }
    try runner.firewall.flush()
    if let project = selection.project {
      try ServiceProviders(self, project).takeDown(named: options.services)
    }
    if isEverything {
      try runner.supervisor.end()
      try ProjectStore(layout: layout).remove(selection.name)
    }
    lock.release()
  }

  private func checkDown(
    _ selection: ProjectSelection, _ options: DownOptions, _ observed: ObservedState
  ) throws(EngineError) {
    try ServiceArguments.check(
      options.services, project: selection.project, containers: observed.containers)
    guard observed.containers.isEmpty, selection.project == nil, observed.project == nil else {
      return
    }
    warnAboutUnknown(selection.name)
  }

  private func warnAboutUnknown(_ name: String) {
    let known = ProjectStore(layout: layout).names()
    let near = Suggestion.nearest(to: name, in: known).map { "did you mean \($0)?" }
    progress.warn(
      Diagnostic(.warning, "there is nothing of a project \(name)", hint: near))
  }
}

extension Plan {
  /// The containers that it removes.
  var removedContainers: [ObjectID] {
    operations.compactMap { operation in
      if case .removeContainer(let container, _) = operation.action { container.id } else { nil }
    }
  }
}
