import Linux
import Model
import Planning
import State

extension Engine {
  /// The containers that `rm` would remove, for its question.
  package func removable(
    _ selection: ProjectSelection, _ options: RemoveOptions
  ) throws(EngineError) -> [ContainerSummary] {
    let context = ContainerContext(self, project: selection.name)
    let observed = try Observer(context: context).observe()
    try ServiceArguments.check(
      options.services, project: selection.project, containers: observed.containers)
    let services = ServiceArguments.services(options.services, of: observed.containers)
    return observed.containers
      .filter { services.contains($0.record.service) && (options.stop || !$0.isActive) }
      .map { Summarizer(context: context).summary(of: $0.record) }
      .sorted { $0.name < $1.name }
  }

  /// Removes containers that do not run; with `stop` also those that do.
  package func remove(
    _ selection: ProjectSelection, _ options: RemoveOptions
  ) throws(EngineError) {
    let verb = LifecycleVerb(self, selection, options.services)
    let runner = try verb.run { (observed, services) throws(EngineError) in
      Self.removalPlan(observed, services, options)
    }
    SupervisorEnd(runner: runner).ifNothingRuns()
  }

  /// What `rm` would do, and why. Changes nothing.
  package func planRemove(
    _ selection: ProjectSelection, _ options: RemoveOptions
  ) throws(EngineError) -> PreparedPlan {
    let verb = LifecycleVerb(self, selection, options.services)
    return try verb.plan { (observed, services) throws(EngineError) in
      Self.removalPlan(observed, services, options)
    }
  }

  private static func removalPlan(
    _ observed: ObservedState, _ services: Set<String>, _ options: RemoveOptions
  ) -> Plan {
    let members = observed.containers.filter {
      services.contains($0.record.service) && (options.stop || !$0.isActive)
    }
    var planner = LifecyclePlanner(members)
    planner.addStops(of: services, because: "rm was asked for")
    for member in members {
      planner.plan.add(
        .removeContainer(member.record.existing, volumes: options.volumes),
        because: "rm was asked for", after: planner.stops[member.record.service] ?? [])
    }
    return planner.plan
  }

  /// Removes one container of any project; with `force` also one that runs.
  package func removeContainer(
    _ name: String, force: Bool, volumes: Bool
  ) throws(EngineError) {
    try removeLeftovers()
    let record = try find(container: name)
    try withLocked(record) { (runner) throws(EngineError) in
      if Observer(context: runner.context).observe(record).isActive {
        guard force else {
          throw EngineError(
            "container \(record.name) is running",
            hint: "stop it first, or remove it with --force")
        }
        try runner.stopper.kill(record)
      }
      try runner.remover.remove(record, volumes: volumes)
      try runner.firewall.flush()
      SupervisorEnd(runner: runner).ifNothingRuns()
      try StandaloneEnd(context: runner.context, firewall: runner.firewall).run()
    }
  }

  /// The record of a container by name, id or the beginning of an id.
  func find(container name: String) throws(EngineError) -> ContainerRecord {
    let context = ContainerContext(self, project: "")
    let names = try context.containers.all().map(\.name)
    if let record = context.container(named: name) { return record }
    throw EngineError(
      "no such container: \(name)",
      hint: Suggestion.nearest(to: name, in: names).map { "did you mean \($0)?" })
  }
}
