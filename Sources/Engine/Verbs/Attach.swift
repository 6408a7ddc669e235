import Compose
import Linux
import Model
import Planning
import State

extension Engine {
  /// Brings the project up, shows its logs until it ends, and returns the exit code.
  ///
  /// Logs are shown from the first line on, while other containers still wait for what they
  /// depend on. The first Ctrl-C stops the containers in the reverse order of their dependencies,
  /// the second kills them.
  package func up(
    _ whole: Project, _ asked: UpOptions, attach: AttachOptions, observer: any AttachObserver
  ) throws(EngineError) -> Int32 {
    try Engine.requireRoot()
    let named = [attach.exitCodeFrom].compactMap(\.self) + (attach.services ?? []) + attach.excluded
    try ServiceArguments.check(named + asked.create.services, project: whole)
    guard let (project, options) = try ServiceProviders(self, whole).rest(of: asked) else {
      return 0
    }
    let services = try Convergence(self, project, options).check()
    let watch = AttachedWatch(
      ContainerContext(self, project: project.name), services: Set(services.map(\.name)),
      observer: observer,
      isShown: AttachRule(project: project, named: options.create.services, attach: attach).isShown)
    try watch.begin()
    defer { watch.end() }
    let lock = try ProjectLock.acquire(self, project: project.name)
    var engine = self
    engine.hookLine = { record, line in watch.show(line, ofHookIn: record) }
    let convergence = Convergence(engine, project, options)
    let run = AttachedRun(
      engine: engine, project: project, options: options, attach: attach, watch: watch,
      observer: observer)
    do throws(EngineError) {
      _ = try convergence.run(checked: services, createsFirst: true) { record throws(EngineError) in
        try watch.willStart(record)
      }
    } catch {
      lock.release()
      // What runs already is stopped, as by a Ctrl-C that comes later; nothing is removed.
      if interruption.isInterrupted { try run.stopWhatRuns() }
      throw error
    }
    lock.release()
    progress.settle()
    try watch.announce()
    attach.watch?.connect(self, project, keeping: watch)
    defer { attach.watch?.stop() }
    if attach.watches { try attach.watch?.start() }
    return try run.finish()
  }
}

/// Whose logs an attached `up` shows.
struct AttachRule: Sendable {
  let project: Project
  /// The services that the user named; empty means all.
  let named: [String]
  let attach: AttachOptions

  func isShown(_ record: ContainerRecord) -> Bool {
    if attach.excluded.contains(record.service) { return false }
    if let services = attach.services { return services.contains(record.service) }
    guard record.attach else { return false }
    return named.isEmpty || attach.includeDependencies || named.contains(record.service)
  }
}

/// An attached `up` once everything is started.
private struct AttachedRun {
  let engine: Engine
  let project: Project
  let options: UpOptions
  let attach: AttachOptions
  let watch: AttachedWatch
  let observer: any AttachObserver

  /// Waits for the end, stops what is left, and finds the exit code.
  func finish() throws(EngineError) -> Int32 {
    let stop = attach.stop
    let first = try watch.waitForEnd(engine.interruption, detach: attach.detach) { code in
      switch stop {
      case .never: false
      case .anyExit: true
      case .anyFailure: code != 0
      }
    }
    let wasInterrupted = engine.interruption.isInterrupted
    attach.watch?.stop()
    if attach.detach?.isInterrupted ?? false, !wasInterrupted {
      watch.end()
      return 0
    }
    try stopWhatRuns()
    watch.end()
    if wasInterrupted { return EngineError.interruptedExitCode }
    guard let service = attach.exitCodeFrom else { return first ?? 0 }
    let codes = watch.exitCodes(of: service)
    return codes.first { $0 != 0 } ?? codes.first ?? 0
  }

  /// Stops what still runs, and tells of it.
  func stopWhatRuns() throws(EngineError) {
    guard watch.isAnythingActive else { return }
    engine.progress.settle()
    observer.stopping(hard: false)
    try stopAll()
  }

  /// Stops everything. The interruption that led here is used up; a further one kills.
  private func stopAll() throws(EngineError) {
    let again = Interruption()
    let seen = max(1, engine.interruption.count)
    let relay = try explaining("watch for a further interruption") { () throws(SyscallError) in
      try RepeatedInterruptionWatch(engine.interruption, seen: seen) { [observer] _ in
        observer.stopping(hard: true)
        again.interrupt()
        return true
      }
    }
    defer { relay.end() }
    var stopper = Engine(
      layout: engine.layout, executables: engine.executables, progress: engine.progress,
      interruption: again)
    stopper.hookLine = engine.hookLine
    do {
      try stopper.stop(
        ProjectSelection(project), services: options.create.services,
        timeout: options.create.stopTimeout)
    } catch {
      // Interrupted again: the containers were killed instead.
      guard again.isInterrupted else { throw error }
      try killAll()
    }
  }

  private func killAll() throws(EngineError) {
    let killer = Engine(
      layout: engine.layout, executables: engine.executables, progress: engine.progress)
    try killer.stop(
      ProjectSelection(project), services: options.create.services, timeout: .zero)
  }
}
