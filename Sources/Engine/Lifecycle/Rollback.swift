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
        attempt { () throws(EngineError) in
          if madeHere.contains(record.id) {
            try runner.stopper.kill(record)
          } else {
            try runner.stopper.stopWithHooks(record, timeout: nil)
          }
        }
      }
    }
    for record in created.reversed() {
      // It may have got its final name meanwhile; and one that runs stays.
      guard let current = (try? context.containers.record(record.id)) ?? nil,
        context.processes.status(record.id).process == nil
      else { continue }
      attempt { () throws(EngineError) in
        try runner.supervisor.release([record.id])
        try runner.remover.remove(current, volumes: true)
      }
    }
    removeUnused(traces)
    attempt { () throws(EngineError) in try runner.firewall.flush() }
    SupervisorEnd(runner: runner).ifNothingRuns()
  }

  private func removeUnused(_ traces: PlanRunner.Traces) {
    for name in traces.createdNetworks {
      attempt { () throws(EngineError) in _ = try runner.resources.removeNetwork(name) }
    }
    let used = Set((try? context.containers.all().flatMap { $0.mounts.map(\.source) }) ?? [])
    for name in traces.createdVolumes where !used.contains(name) {
      attempt { () throws(EngineError) in try context.volumes.remove(name) }
    }
  }

  private func attempt(_ body: () throws(EngineError) -> Void) {
    do { try body() } catch {
      for var diagnostic in error.diagnostics {
        diagnostic.severity = .warning
        context.engine.progress.warn(diagnostic)
      }
    }
  }
}

/// Ends the supervisor of a project of which nothing runs any more.
struct SupervisorEnd {
  let runner: PlanRunner

  /// Ends it unless a container is active, or about to be restarted.
  func ifNothingRuns() {
    let observer = Observer(context: runner.context)
    guard let state = try? observer.observe(), !state.containers.contains(where: \.isActive) else {
      return
    }
    try? runner.supervisor.end()
    guard state.containers.isEmpty else { return }
    try? ProjectStore(layout: runner.context.layout).remove(runner.context.project)
  }
}
