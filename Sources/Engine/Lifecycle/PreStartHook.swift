import Compose
import Model
import Planning
import Runtime
import State

/// Runs one `pre_start` hook: a container of its own, with the volumes and networks of the service,
/// that has to end well before the service starts.
///
/// One that fails is kept, with its log, until the next `up` or `down`.
///
/// Source: Compose specification, 05-services.md, "pre_start".
struct PreStartHook {
  let runner: PlanRunner
  let project: Project
  let service: Service
  /// The service's container with the lowest number.
  let first: ContainerRecord
  let run: Operation.HookRun

  /// The label that tells such a container, with the moment as its value.
  static let label = "com.docker.compose.hook"

  private var context: ContainerContext { runner.context }
  private var moment: String { run.moment.rawValue }

  /// The container's name.
  var name: String { "\(first.finalName ?? first.name)-pre-start-\(run.index + 1)" }

  /// Removes what an earlier run of this hook, or of a later one, has left.
  func removeEarlier() throws(EngineError) {
    for record in try context.containers.all()
    where record.project == project.name && record.service == service.name && record.isOneOff
      && record.labels[Self.label] == moment && (run.index == 0 || record.name == name)
    {
      guard context.processes.status(record.id).process == nil else { continue }
      try runner.remover.remove(record, volumes: true)
    }
  }

  /// Runs it to its end. Throws unless its exit code is 0.
  func perform(
    deadline: UInt64?, changes: ContainerChanges?, stop: StopSignal
  ) throws(EngineError) {
    let record = try ContainerBuilder(context: context).create(request())
    do {
      _ = try runner.starter.start(record)
      try runner.firewall.flush()
    } catch {
      context.attempt { () throws(EngineError) in
        try runner.remover.remove(record, volumes: true)
      }
      throw error
    }
    try wait(for: record, deadline, changes, stop)
    try runner.remover.remove(record, volumes: true)
  }

  private func wait(
    for record: ContainerRecord, _ deadline: UInt64?, _ changes: ContainerChanges?,
    _ stop: StopSignal
  ) throws(EngineError) {
    let observer = Observer(context: context)
    let waiter = DependencyWaiter(
      context: context, observer: observer, deadline: deadline, changes: changes)
    do {
      try waiter.wait([record], until: .completed, stop: stop) { _, _ in }
    } catch {
      // Nobody waits for it any more.
      context.attempt { () throws(EngineError) in try runner.stopper.kill(record) }
      if stop.isStopped { throw error }
      throw failure(of: record, observer.observe(record).exitCode, error)
    }
  }

  private func failure(
    of record: ContainerRecord, _ code: Int32?, _ error: EngineError
  ) -> EngineError {
    let cause = error.diagnostics.first
    let outcome = code.map { "exited with code \($0)" } ?? cause?.message ?? "did not end"
    return EngineError(
      service.source.diagnostic(
        .error, "service \"\(service.name)\" pre_start[\(run.index)] \(outcome)",
        part: "pre_start[\(run.index)]",
        hint: "the service was not started; see `roost container logs \(record.name)`",
        notes: cause?.notes ?? []))
  }

  // MARK: The container

  private func request() throws(EngineError) -> ContainerRequest {
    let service = hookService
    guard let image = try context.image(service.image) else {
      throw MissingImage.error(service.image)
    }
    var request = ContainerRequest(
      project: project, service: service, id: .random(), name: name, number: 1, image: image,
      configHash: ConfigurationHashes.hash(service, in: project))
    request.slug = String(ObjectID.random().hex.prefix(12))
    request.usesAliases = false
    return request
  }

  /// The service as the hook wants it.
  private var hookService: Service {
    let hook = run.hook
    var changed = service
    changed.containerName = nil
    changed.replicas = 1
    changed.restart = .no
    changed.healthcheck = .disabled
    changed.ports = []
    (changed.preStart, changed.postStart, changed.preStop) = ([], [], [])
    changed.labels[Self.label] = moment
    if let image = hook.image, image != service.image {
      changed.image = image
      changed.build = nil
      (changed.command, changed.entrypoint) = (nil, nil)
      (changed.user, changed.workingDirectory) = (nil, nil)
    }
    if !hook.command.isEmpty { changed.command = hook.command }
    if let user = hook.user { changed.user = user }
    if let directory = hook.workingDirectory { changed.workingDirectory = directory }
    if hook.privileged { changed.privileged = true }
    for entry in hook.environment {
      changed.environment[entry.key] = .some(entry.value ?? project.environment[entry.key])
    }
    // Volumes without a name are those of the service's first container.
    changed.mounts.removeAll { mount in
      if case .volume(let use) = mount.kind { use.volume == nil } else { false }
    }
    changed.volumesFrom.append(VolumesFrom(source: .container(first.name)))
    return changed
  }
}
