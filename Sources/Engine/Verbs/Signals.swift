import Compose
import Glibc
import Linux
import Model
import Planning
import Runtime
import State

extension Engine {
  /// Sends a signal to containers that run.
  package func kill(_ selection: ProjectSelection, _ options: KillOptions) throws(EngineError) {
    try Engine.requireRoot()
    let lock = try ProjectLock.acquire(self, project: selection.name)
    let context = ContainerContext(self, project: selection.name)
    let runner = PlanRunner(context, project: selection.project)
    let observed = try Observer(context: context).observe()
    try ServiceArguments.check(
      options.services, project: selection.project, containers: observed.containers)
    let services = ServiceArguments.services(options.services, of: observed.containers)
    let members = observed.containers.filter {
      services.contains($0.record.service) && $0.isActive
    }
    for member in members { try kill(member.record, options.signal, runner) }
    if options.removeOrphans { try removeOrphans(selection, observed, runner) }
    try runner.firewall.flush()
    lock.release()
  }

  func kill(
    _ record: ContainerRecord, _ signal: Int32, _ runner: PlanRunner
  ) throws(EngineError) {
    let resource = ProgressEvent.Resource(.container, record.name)
    progress.report(ProgressEvent(resource, .killing))
    if signal == SIGKILL {
      try runner.stopper.kill(record)
    } else {
      try explaining("signal container \(record.name)") { () throws(SyscallError) in
        _ = try runner.context.processes.signal(record.id, signal)
      }
    }
    runner.context.journal.append("kill", record, [("signal", String(signal))])
    progress.report(ProgressEvent(resource, .killed))
  }

  private func removeOrphans(
    _ selection: ProjectSelection, _ observed: ObservedState, _ runner: PlanRunner
  ) throws(EngineError) {
    guard let project = selection.project else { return }
    let known = Set(project.services.map(\.name) + project.disabledServices)
    for orphan in observed.containers where !known.contains(orphan.record.service) {
      if orphan.isActive { try runner.stopper.kill(orphan.record) }
      try runner.remover.remove(orphan.record, volumes: false)
    }
  }

  /// Stops all processes of containers where they are.
  package func pause(_ selection: ProjectSelection, services: [String]) throws(EngineError) {
    try freeze(selection, services, "pause", from: .running, .pausing, .paused) {
      (processes, id) throws(SyscallError) in try processes.pause(id)
    }
  }

  /// Lets the processes of paused containers go on.
  package func unpause(_ selection: ProjectSelection, services: [String]) throws(EngineError) {
    try freeze(selection, services, "unpause", from: .paused, .unpausing, .unpaused) {
      (processes, id) throws(SyscallError) in try processes.unpause(id)
    }
  }

  private func freeze(
    _ selection: ProjectSelection, _ names: [String], _ verb: String, from status: ContainerStatus,
    _ begin: ProgressEvent.Phase, _ end: ProgressEvent.Phase,
    _ body: (ContainerProcess, ObjectID) throws(SyscallError) -> Void
  ) throws(EngineError) {
    try Engine.requireRoot()
    let lock = try ProjectLock.acquire(self, project: selection.name)
    let context = ContainerContext(self, project: selection.name)
    let already: ContainerStatus = status == .running ? .paused : .running
    let observed = try Observer(context: context).observe()
    try ServiceArguments.check(
      names, project: selection.project, containers: observed.containers)
    let services = ServiceArguments.services(names, of: observed.containers)
    let members = observed.containers.filter {
      services.contains($0.record.service) && $0.isActive
    }
    // Nothing is changed where one of them cannot be: a script that pauses, copies and unpauses must
    // learn that somebody else did the same.
    let others = members.filter { $0.status != status && $0.status == already }
    guard others.isEmpty else {
      throw EngineError(
        others.map {
          Diagnostic(
            .error,
            "cannot \(verb) container \($0.record.name): it is \(end == .paused ? "already" : "not") paused"
          )
        })
    }
    for member in members where member.status == status {
      let resource = ProgressEvent.Resource(.container, member.record.name)
      progress.report(ProgressEvent(resource, begin))
      try explaining("\(verb) container \(member.record.name)") {
        () throws(SyscallError) in try body(context.processes, member.record.id)
      }
      context.journal.append(verb, member.record)
      progress.report(ProgressEvent(resource, end))
    }
    lock.release()
  }
}
