import Linux
import Model
import Networking
import Planning
import Runtime
import State

/// Looks at the machine: state files and the kernel. Changes nothing.
struct Observer: Sendable {
  let context: ContainerContext

  /// Everything about the context's project.
  func observe() throws(EngineError) -> ObservedState {
    var state = ObservedState()
    state.project = try ProjectStore(layout: context.layout).record(context.project)
    for record in try context.containers.containers(of: context.project) {
      context.remember(record)
      let status = try explaining("look at container \(record.name)") {
        () throws(SyscallError) in try context.processes.check(record.id)
      }
      var container = observe(record, status)
      // Of use to who plans; waits, which look often, do without.
      if let pid = status.process?.pid {
        container.isCutOff = isCutOff(record, pid)
        container.isStopping = try isStopping(record)
      }
      state.containers.append(container)
    }
    let networks = try networking { () throws(NetworkError) in try context.networks.all() }
    state.networks = networks.map {
      ObservedNetwork(name: $0.name, project: $0.project, key: $0.key, configHash: $0.configHash)
    }
    state.volumes = try context.volumes.all().filter { !$0.isAnonymous }.map {
      ObservedVolume(name: $0.name, project: $0.project, configHash: $0.configHash)
    }
    return state
  }

  /// One container.
  func observe(_ record: ContainerRecord) -> ObservedContainer {
    observe(record, context.processes.status(record.id))
  }

  /// One container that does what was found out before.
  func observe(_ record: ContainerRecord, _ process: ProcessStatus) -> ObservedContainer {
    let containerLayout = context.layout.container(record.id)
    var container = ObservedContainer(record: record, status: .created)
    switch process {
    case .created: break
    case .running: container.status = .running
    case .paused: container.status = .paused
    case .exited(let exit):
      container.exitCode = exit.code
      container.status = isRestarting(record, exit) ? .restarting : .exited
    }
    if process.process != nil {
      container.networks = record.networking.attachments.map(\.network)
      if record.healthcheck != nil { container.health = health(containerLayout) }
    }
    return container
  }

  /// True when a container that runs is not to run. While one that looks has the project's lock, the
  /// command that was about to stop it is gone.
  private func isStopping(_ record: ContainerRecord) throws(EngineError) -> Bool {
    try explaining("look at container \(record.name)") { () throws(SyscallError) in
      let wanted = try DesiredState.readIfKnown(context.layout.container(record.id))
      return wanted != nil && wanted != .running
    }
  }

  /// True when a process has namespaces of another container that has others now.
  private func isCutOff(_ record: ContainerRecord, _ pid: Int32) -> Bool {
    if case .container(let owner) = record.networking.mode,
      differ("/proc/\(pid)/ns/net", context.layout.container(owner).networkNamespace)
    {
      return true
    }
    guard !record.shares.isEmpty,
      let spec = ContainerSpec.readIfUsable(context.layout.container(record.id).spec)
    else { return false }
    let sources = [
      (spec.namespaces.ipc, "ipc"), (spec.namespaces.uts, "uts"),
      (spec.namespaces.cgroup, "cgroup"),
    ]
    return sources.contains { source, name in
      guard case .container(let id) = source,
        let owner = context.processes.status(id).process?.pid
      else { return false }
      return differ("/proc/\(pid)/ns/\(name)", "/proc/\(owner)/ns/\(name)")
    }
  }

  /// True for two files that are not the same. What cannot be seen is as it should be.
  private func differ(_ one: String, _ other: String) -> Bool {
    guard let one = try? Files.status(one), let other = try? Files.status(other) else {
      return false
    }
    return FileIdentity(one) != FileIdentity(other)
  }

  private func health(_ containerLayout: ContainerLayout) -> HealthStatus {
    HealthReport.readIfUsable(containerLayout.health)?.status ?? .starting
  }

  /// True when a command was about to start it again after an end. While one that looks has the
  /// project's lock, that command is gone.
  private func isBeforeLastStart(_ exit: ExitRecord, _ container: ContainerLayout) -> Bool {
    guard let wanted = try? Files.status(container.desired) else { return false }
    return (exit.startedAt ?? exit.finishedAt).nanoseconds < wanted.modifiedNanoseconds
  }

  /// True when the restart policy starts it again, or has yet to decide about this end. Only while
  /// there is a supervisor to do it.
  private func isRestarting(_ record: ContainerRecord, _ exit: ExitRecord) -> Bool {
    let containerLayout = context.layout.container(record.id)
    guard record.restart.policy != .no, DesiredState.read(containerLayout) == .running,
      Files.isDirectory(containerLayout.run),
      RestartRecord.readIfUsable(containerLayout.restarts)?.hasSettled(exit) != true,
      !isBeforeLastStart(exit, containerLayout)
    else { return false }
    return ProcessIdentity.readIfUsable(context.layout.supervisorPID(context.project))?.isAlive
      ?? false
  }
}
