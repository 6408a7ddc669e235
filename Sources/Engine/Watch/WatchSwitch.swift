import Compose
import Linux
import Model

/// A watch beside an attached `up`, which its user may switch on and off.
package final class WatchSwitch: Sendable {
  private let options: WatchOptions
  private let observer: any WatchObserver
  private let progress: any ProgressReporter
  private let didConnect: @Sendable (WatchSwitch) -> Void

  private struct State {
    var target: Target?
    /// Ends the watch that runs; nil when none does.
    var end: Interruption?
    /// True once the watch that was begun last sees all changes.
    var isEnabled = false
    /// Why it could not begin.
    var failure: EngineError?
  }

  /// What is watched for, and by whom.
  private struct Target: Sendable {
    let engine: Engine
    let project: Project
    let keeping: any WatchedContainers
  }

  private let state = ConditionLock(State())

  /// A watch that is off.
  ///
  /// - Parameters:
  ///   - progress: is told what builds and warnings say.
  ///   - didConnect: called once it can be switched on.
  package init(
    _ options: WatchOptions, observer: any WatchObserver, progress: any ProgressReporter,
    didConnect: @escaping @Sendable (WatchSwitch) -> Void = { _ in }
  ) {
    self.didConnect = didConnect
    self.options = options
    self.observer = observer
    self.progress = progress
  }

  /// True while files are watched.
  package var isOn: Bool { state.with { $0.end != nil } }

  /// Says what is watched for. Nothing can be switched on before.
  func connect(_ engine: Engine, _ project: Project, keeping: any WatchedContainers) {
    let target = Target(engine: engine.reporting(to: progress), project: project, keeping: keeping)
    state.with { $0.target = target }
    didConnect(self)
  }

  /// Switches it on. Returns once no change is missed any more.
  func start() throws(EngineError) {
    let end = Interruption()
    let target = state.with { state -> Target? in
      guard let target = state.target, state.end == nil else { return nil }
      state.end = end
      state.isEnabled = false
      state.failure = nil
      return target
    }
    guard let target else { return }
    do throws(SyscallError) {
      try WorkerThread.detach { [self] in
        run(target, end)
        state.with { $0.end = nil }
      }
    } catch {
      state.with { $0.end = nil }
      throw EngineError(error, doing: "watch files")
    }
    let failure = state.wait { state -> EngineError?? in
      if let failure = state.failure { return .some(failure) }
      return state.isEnabled || state.end == nil ? .some(nil) : nil
    }
    if let failure { throw failure }
  }

  private func run(_ target: Target, _ end: Interruption) {
    do throws(EngineError) {
      let lock = try target.engine.watchLock(target.project.name)
      defer { lock.release() }
      let run = try WatchRun(
        target.engine, target.project, options, observer: observer, keeping: target.keeping,
        end: end)
      state.with { $0.isEnabled = true }
      try run.run()
    } catch {
      let hasBegun = state.with { state in
        if !state.isEnabled { state.failure = error }
        return state.isEnabled
      }
      if hasBegun { observer.watching(.trouble(error.diagnostics)) }
    }
  }

  /// Switches it off, after what it is just doing.
  func stop() {
    state.with { $0.end }?.interrupt()
    state.wait { $0.end == nil ? () : nil }
  }

  /// Switches it on or off. A failure is told to the observer.
  package func toggle() {
    guard !isOn else { return stop() }
    do throws(EngineError) { try start() } catch {
      observer.watching(.trouble(error.diagnostics))
    }
  }
}

extension Engine {
  /// The same, which tells somebody else what happens.
  func reporting(to progress: any ProgressReporter) -> Engine {
    var engine = Engine(
      layout: layout, executables: executables, progress: progress, interruption: interruption)
    engine.parallelism = parallelism
    engine.userNamespaces = userNamespaces
    engine.caller = caller
    return engine
  }
}
