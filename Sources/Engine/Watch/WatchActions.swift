import Compose
import Image
import Linux
import Model
import Planning
import Runtime
import State

/// Does what rules say after a change. What fails is told of, and keeps nothing else from being done.
struct WatchActions {
  let engine: Engine
  let project: Project
  let options: WatchOptions
  let observer: any WatchObserver
  /// Called with services whose containers end and start meanwhile because they are meant to.
  let keeping: any WatchedContainers

  /// Does all of a batch.
  ///
  /// - Returns: what could not be copied, by service.
  func run(
    _ batch: WatchBatch, _ rules: [WatchedRule], initial: (String) -> [WatchBatch.Mapping]
  ) throws(EngineError) -> [WatchBatch.Copy] {
    var failed: [WatchBatch.Copy] = []
    if !batch.rebuilt.isEmpty, try rebuild(batch.rebuilt) {
      // What the image need not have is copied anew.
      for service in batch.rebuilt {
        let mappings = initial(service)
        if !mappings.isEmpty { failed += copy(.init(service: service, mappings: mappings)) }
      }
    }
    for copied in batch.copied {
      try stopIfInterrupted()
      observer.watching(.syncing(service: copied.service, changes: copied.mappings.count))
      failed += copy(copied)
    }
    if !batch.restarted.isEmpty { try restart(batch.restarted) }
    for position in batch.commands {
      try stopIfInterrupted()
      if let hook = rules[position].rule.exec { run(hook, in: rules[position].service) }
    }
    return failed
  }

  private func stopIfInterrupted() throws(EngineError) {
    if engine.interruption.isInterrupted { throw .interrupted }
  }

  /// Tells of a failure, unless the user made it fail.
  private func tell(
    _ error: EngineError, as event: ([Diagnostic]) -> WatchEvent = WatchEvent.trouble
  ) throws(EngineError) {
    try stopIfInterrupted()
    observer.watching(event(error.diagnostics))
  }

  // MARK: Images

  /// Builds images and replaces the containers; false when that failed.
  private func rebuild(_ services: [String]) throws(EngineError) -> Bool {
    observer.watching(.rebuilding(services))
    let former = try images(of: services)
    var build = BuildOptions()
    build.services = services
    build.quiet = options.quiet
    do throws(EngineError) { try engine.build(project, build) } catch {
      try tell(error, as: WatchEvent.buildFailed)
      return false
    }
    observer.watching(.rebuilt(services))
    do throws(EngineError) { try replace(services) } catch {
      try tell(error, as: WatchEvent.recreateFailed)
      return false
    }
    if options.prune { removeUnused(former) }
    return true
  }

  private func replace(_ services: [String]) throws(EngineError) {
    var up = UpOptions()
    up.create.services = services
    up.create.noDependencies = true
    up.create.recreate = .always
    up.create.build = .never
    up.create.ignoreOrphans = true
    up.create.assumeYes = true
    // As many as there are, however many the file says.
    for service in services {
      let count = try containers(of: service).count
      up.create.scale[service] = count > 0 ? count : options.scale[service]
    }
    try keeping.whileReplaced(services) { started throws(EngineError) in
      let lock = try ProjectLock.acquire(engine, project: project.name)
      _ = try Convergence(engine, project, up).run(willStart: started)
      lock.release()
    }
  }

  private func images(of services: [String]) throws(EngineError) -> [ObjectID] {
    let context = ContainerContext(engine, project: project.name)
    var found: [ObjectID] = []
    for name in services {
      guard let service = project.service(name), let image = try context.image(service.image)
      else { continue }
      found.append(image.id)
    }
    return found
  }

  /// Removes images that have no name any more and that no container uses.
  private func removeUnused(_ images: [ObjectID]) {
    let context = ContainerContext(engine, project: project.name)
    do {
      let use = try ImageUse(context)
      _ = try context.images.prune(all: false) { image in
        !images.contains(image.id) || !use.containers(of: image).isEmpty
      }
    } catch let error as EngineError {
      observer.watching(.trouble(error.diagnostics.map(Self.warning)))
    } catch let error as Diagnostic {
      observer.watching(.trouble([Self.warning(error)]))
    } catch {
      observer.watching(.trouble([Diagnostic(.warning, "\(error)")]))
    }
  }

  private static func warning(_ error: Diagnostic) -> Diagnostic {
    Diagnostic(.warning, error.message, hint: error.hint)
  }

  // MARK: Containers

  private func containers(of service: String) throws(EngineError) -> [ContainerRecord] {
    let context = ContainerContext(engine, project: project.name)
    return try context.containers.containers(of: project.name)
      .filter { $0.service == service && !$0.isOneOff }
      .sorted { $0.number < $1.number }
  }

  /// Copies to all containers of a service.
  ///
  /// - Returns: what has to be tried again.
  func copy(_ copied: WatchBatch.Copy) -> [WatchBatch.Copy] {
    do throws(EngineError) {
      let records = try containers(of: copied.service)
      guard !records.isEmpty else {
        throw EngineError(
          "service \(copied.service) has no container to copy to",
          hint: "make one with `roost up \(copied.service)`")
      }
      var isComplete = true
      for record in records {
        do throws(EngineError) { try copy(copied.mappings, to: record) } catch {
          observer.watching(.trouble(error.diagnostics))
          isComplete = false
        }
      }
      return isComplete ? [] : [copied]
    } catch {
      observer.watching(.trouble(error.diagnostics))
      return [copied]
    }
  }

  private func copy(
    _ mappings: [WatchBatch.Mapping], to record: ContainerRecord
  ) throws(EngineError) {
    let context = ContainerContext(engine, project: project.name)
    if case .paused = context.processes.status(record.id) {
      observer.watching(
        .trouble([
          Diagnostic(
            .warning, "container \(record.name) is paused: it sees the files when it goes on",
            hint: "roost unpause \(record.service)")
        ]))
    } else if context.processes.status(record.id).process == nil {
      observer.watching(
        .trouble([
          Diagnostic(
            .warning, "container \(record.name) does not run: it sees the files when it starts",
            hint: "roost start \(record.service)")
        ]))
    }
    try engine.copy(mappings, to: record)
  }

  private func restart(_ services: [String]) throws(EngineError) {
    do throws(EngineError) {
      try keeping.whileReplaced(services) { _ throws(EngineError) in
        try engine.restart(
          ProjectSelection(project), services: services, timeout: nil, noDependencies: false)
      }
      observer.watching(.restarted(services))
    } catch {
      try tell(error)
    }
  }

  private func run(_ hook: Hook, in service: String) {
    do throws(EngineError) {
      let context = ContainerContext(engine, project: project.name)
      for record in try containers(of: service) {
        let name = hook.command.joined(separator: " ")
        guard case .running = context.processes.status(record.id) else {
          observer.watching(
            .trouble([
              Diagnostic(.warning, "container \(record.name) does not run, nor does \(name) in it")
            ]))
          continue
        }
        let (code, lines) = try HookRunner(context: context).runAfterCopy(hook, in: record)
        for line in lines { observer.watching(.output(line)) }
        guard code != 0 else { continue }
        observer.watching(
          .trouble([
            Diagnostic(.error, "\(name) in \(record.name) ended with exit code \(code)")
          ]))
      }
    } catch {
      observer.watching(.trouble(error.diagnostics))
    }
  }
}

/// Who looks at the containers while a watch replaces and restarts them.
protocol WatchedContainers: Sendable {
  /// Calls `body`. That containers of these services end meanwhile means nothing. `body` calls what it
  /// is given before it starts a new one.
  func whileReplaced(
    _ services: [String],
    _ body: (
      @escaping @Sendable (ContainerRecord) throws(EngineError) -> Void
    ) throws(EngineError) -> Void
  ) throws(EngineError)
}

/// Nobody looks.
struct UnwatchedContainers: WatchedContainers {
  func whileReplaced(
    _ services: [String],
    _ body: (
      @escaping @Sendable (ContainerRecord) throws(EngineError) -> Void
    ) throws(EngineError) -> Void
  ) throws(EngineError) {
    try body { _ in }
  }
}
