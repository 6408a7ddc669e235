import Model
import Planning
import Runtime
import State

/// Puts in order what a command leaves that failed or was interrupted.
///
/// Its containers stay, with their logs, as do networks that they are on and all volumes: the user
/// wants to see what happened, a first start may have loaded a database, and the next command goes on
/// from there.
struct Aftermath {
  let runner: PlanRunner
  /// What the command made.
  let traces: PlanRunner.Traces

  private var context: ContainerContext { runner.context }

  /// Removes what nobody can use: replacements of containers that are still there, and networks that
  /// no container is to be on.
  ///
  /// The error that led here is the one to tell: what cannot be done is only warned about.
  func run() {
    for record in traces.createdContainers.reversed() {
      context.attempt { () throws(EngineError) in try removeReplacement(record) }
    }
    // What an update was in the middle of is finished, or undone.
    if traces.isUpdate {
      context.attempt { () throws(EngineError) in try Recovery(runner: runner).finishReplacements()
      }
    }
    context.attempt { () throws(EngineError) in
      // Without knowing who is on them, none of them may go.
      let used = Set(
        try context.containers.all().flatMap { $0.networking.attachments.map(\.network) })
      for name in traces.createdNetworks where !used.contains(name) {
        _ = try runner.resources.removeNetwork(name)
      }
    }
    context.attempt { () throws(EngineError) in try runner.firewall.flush() }
    SupervisorEnd(runner: runner).ifNothingRuns()
  }

  private func removeReplacement(_ record: ContainerRecord) throws(EngineError) {
    guard let current = try context.containers.record(record.id),
      let replaced = current.replaces, try context.containers.record(replaced) != nil,
      context.processes.status(record.id).process == nil
    else { return }
    // Volumes that it took over are the other's still.
    try runner.remover.remove(current, volumes: false)
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
