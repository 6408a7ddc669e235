import Model
import Planning
import Runtime
import State

/// Takes back what a command did that failed or was interrupted.
struct Rollback {
  let runner: PlanRunner

  private var context: ContainerContext { runner.context }

  /// Removes what this command made and what does not run; with `everything` also what runs.
  ///
  /// The error that led here is the one to tell: what cannot be taken back is only warned about.
  func run(everything: Bool) {
    let traces = runner.traces
    let created = traces.createdContainers
    if everything {
      let madeHere = Set(created.map(\.id))
      for record in traces.startedContainers {
        context.attempt { () throws(EngineError) in
          if madeHere.contains(record.id) {
            try runner.stopper.kill(record)
          } else {
            try runner.stopper.stopWithHooks(record, timeout: nil)
          }
        }
      }
    }
    for record in created.reversed() {
      context.attempt { () throws(EngineError) in
        // It may have got its final name meanwhile; and one that runs stays.
        guard let current = try context.containers.record(record.id),
          context.processes.status(record.id).process == nil
        else { return }
        try runner.supervisor.release([record.id])
        try runner.remover.remove(current, volumes: true)
      }
    }
    removeUnused(traces)
    context.attempt { () throws(EngineError) in try runner.firewall.flush() }
    SupervisorEnd(runner: runner).ifNothingRuns()
  }

  private func removeUnused(_ traces: PlanRunner.Traces) {
    for name in traces.createdNetworks {
      context.attempt { () throws(EngineError) in _ = try runner.resources.removeNetwork(name) }
    }
    guard !traces.createdVolumes.isEmpty else { return }
    context.attempt { () throws(EngineError) in
      // Without knowing who uses them, none of them may go.
      let used = Set(try context.containers.all().flatMap { $0.mounts.map(\.source) })
      for name in traces.createdVolumes where !used.contains(name) {
        context.attempt { () throws(EngineError) in try context.volumes.remove(name) }
      }
    }
  }
}

/// Ends the supervisor of a project of which nothing runs any more.
struct SupervisorEnd {
  let runner: PlanRunner

  /// Ends it unless a container is active, or about to be restarted.
  func ifNothingRuns() {
    let context = runner.context
    context.attempt { () throws(EngineError) in
      let state = try Observer(context: context).observe()
      guard !state.containers.contains(where: \.isActive) else { return }
      try runner.supervisor.end()
      guard state.containers.isEmpty else { return }
      try ProjectStore(layout: context.layout).remove(context.project)
    }
  }
}
