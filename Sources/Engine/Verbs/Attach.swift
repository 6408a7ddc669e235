import Compose
import Glibc
import Linux
import Model
import Runtime

extension Engine {
  /// Brings the project up, shows its logs until it ends, and returns the exit code.
  ///
  /// The first Ctrl-C stops the containers in the reverse order of their dependencies, the second
  /// kills them.
  public func up(
    _ project: Project, _ options: UpOptions, attach: AttachOptions, observer: any AttachObserver
  ) throws(EngineError) -> Int32 {
    if let service = attach.exitCodeFrom { try ServiceSelection.check([service], project: project) }
    let named = (attach.services ?? []) + attach.excluded
    try ServiceSelection.check(named, project: project)
    try up(project, options)
    return try AttachedRun(
      engine: self, project: project, options: options, attach: attach, observer: observer
    ).run()
  }
}

extension Engine {
  /// An attached `up`, from the first line to the end of the last container.
  fileprivate struct AttachedRun {
    let engine: Engine
    let project: Project
    let options: UpOptions
    let attach: AttachOptions
    let observer: any AttachObserver

    private var context: ContainerContext { ContainerContext(engine, project: project.name) }

    /// The containers of the services that were brought up.
    private func records() throws(EngineError) -> [ContainerRecord] {
      let services = Set(try Convergence(engine, project, options).selection().map(\.name))
      return try context.containers.containers(of: project.name).filter {
        !$0.isOneOff && services.contains($0.service)
      }
    }

    private func isShown(_ record: ContainerRecord) -> Bool {
      if attach.excluded.contains(record.service) { return false }
      if let services = attach.services { return services.contains(record.service) }
      guard project.service(record.service)?.attach ?? true else { return false }
      let named = options.create.services
      return named.isEmpty || attach.includeDependencies || named.contains(record.service)
    }

    func run() throws(EngineError) -> Int32 {
      let shown = try records().filter(isShown)
      observer.attaching(to: shown.map(\.logSource))
      let follower = LogFollower(engine.layout)
      for record in shown { follower.add(record.logSource, from: .atTheStart) }
      var ended: Set<ObjectID> = []
      var first: (record: ContainerRecord, code: Int32)?
      while !engine.interruption.isInterrupted {
        let states = try states()
        let lines = follower.poll()
        if !lines.isEmpty { observer.lines(lines) }
        for (record, state) in states {
          guard !state.isActive else {
            ended.remove(record.id)
            continue
          }
          guard ended.insert(record.id).inserted else { continue }
          let code = state.exitCode ?? 0
          observer.notice(.exited(code: code), of: record.logSource)
          if first == nil, isEnd(code) { first = (record, code) }
        }
        if first != nil || !states.contains(where: { $0.1.isActive }) { break }
        follower.waitForMore([engine.interruption.descriptor], milliseconds: 100)
      }
      return try finish(first?.code, follower)
    }

    private func states() throws(EngineError) -> [(ContainerRecord, ObservedContainer)] {
      let observer = Observer(context: context)
      return try records().map { ($0, observer.observe($0)) }
    }

    private func isEnd(_ code: Int32) -> Bool {
      switch attach.stop {
      case .never: false
      case .anyExit: true
      case .anyFailure: code != 0
      }
    }

    /// Stops what still runs, shows the last lines, and finds the exit code.
    private func finish(_ first: Int32?, _ follower: LogFollower) throws(EngineError) -> Int32 {
      let wasInterrupted = engine.interruption.isInterrupted
      if try states().contains(where: { $0.1.isActive }) {
        observer.stopping(hard: false)
        try stop(follower)
      }
      let lines = follower.poll()
      if !lines.isEmpty { observer.lines(lines) }
      if wasInterrupted { return EngineError.interruptedExitCode }
      guard let service = attach.exitCodeFrom else { return first ?? 0 }
      let codes = try states().filter { $0.0.service == service }.map { $0.1.exitCode ?? 0 }
      return codes.first { $0 != 0 } ?? codes.first ?? 0
    }

    /// Stops everything; meanwhile a further Ctrl-C kills.
    private func stop(_ follower: LogFollower) throws(EngineError) {
      let before = engine.interruption.count
      let killer = KillOnInterruption(self, above: max(1, before))
      defer { killer.end() }
      let stopper = Engine(
        layout: engine.layout, executables: engine.executables, progress: engine.progress)
      try stopper.stop(
        ProjectSelection(project), services: options.create.services,
        timeout: options.create.stopTimeout)
    }

    /// Kills what runs.
    fileprivate func kill() {
      observer.stopping(hard: true)
      for (record, state) in (try? states()) ?? [] where state.isActive {
        _ = try? context.processes.signal(record.id, SIGKILL)
      }
    }
  }

  /// Watches for a further Ctrl-C while the containers are being stopped.
  private final class KillOnInterruption: Sendable {
    private let done = Interruption()

    init(_ attachment: AttachedRun, above count: Int) {
      let done = self.done
      WorkerThread.start {
        while !done.isInterrupted {
          if attachment.engine.interruption.count > count {
            attachment.kill()
            return
          }
          var entry = [pollfd(fd: done.descriptor, events: Int16(POLLIN), revents: 0)]
          _ = try? Descriptors.poll(&entry, timeoutMilliseconds: 50)
        }
      }
    }

    func end() { done.interrupt() }
  }
}
