import Linux
import Model
import Networking

/// Keeps the packet filter in step with networks and published ports, with as few runs of `nft`
/// as possible: one before the first container starts, which shuts networks off from one another,
/// and one when everything is up, which opens the published ports.
///
/// A run takes as long as a dozen containers' namespaces. So the first begins by itself as soon as
/// the last network is there, while the containers are being made; and when networks go, it begins
/// together with the removal of their bridges.
final class FirewallSync: Sendable {
  private struct State {
    /// How often networks and ports changed, and up to which change the rules are in step. What
    /// other programs did to the table is unknown at first.
    var networkChanges = 1
    var portChanges = 0
    var networksInStep = 0
    var portsInStep = 0
    /// How many networks are still to be made, and to begin to go, before the early run.
    var awaited: (made: Int, leaving: Int)?
    /// Networks that are about to be removed: there are no rules for them any more.
    var leaving: Set<String> = []
    var isRunning = false
  }

  private enum Step {
    case done
    case run(State)
  }

  private let state = ConditionLock(State())
  private let synchronize: @Sendable (Set<String>) throws(EngineError) -> Void

  /// Makes one that brings the machine's rules in step.
  convenience init(_ context: ContainerContext) {
    let (manager, progress) = (context.manager, context.engine.progress)
    self.init { leaving throws(EngineError) in
      let notes = try networking { () throws(NetworkError) in
        try manager.synchronizeFirewall(leaving: leaving)
      }
      for note in notes { progress.warn(note) }
    }
  }

  /// Makes one that calls `synchronize` with the networks that are about to go, whenever rules
  /// have to be brought in step; never twice at the same time.
  init(synchronize: @escaping @Sendable (Set<String>) throws(EngineError) -> Void) {
    self.synchronize = synchronize
  }

  /// Brings the rules in step in the background once so many networks were made, and so many have
  /// begun to go.
  func begin(afterMade made: Int, leaving: Int) {
    state.with { $0.awaited = (made, leaving) }
    beginIfComplete()
  }

  /// A network was made.
  func networkMade(_ name: String) {
    noteNetwork { state in
      state.leaving.remove(name)
      state.awaited?.made -= 1
    }
  }

  /// A network is about to be removed: its containers are gone, and its rules may go. Before the
  /// last one that is to go this waits for the rules: while the kernel removes links it changes no
  /// other setting of networks.
  func networkLeaves(_ name: String) {
    let isLast = noteNetwork { state in
      state.leaving.insert(name)
      state.awaited?.leaving -= 1
    }
    if isLast { try? ready() }
  }

  /// A network was removed.
  func networkRemoved(_ name: String) {
    noteNetwork { $0.leaving.remove(name) }
  }

  /// Returns true if it was the last change that the early run waited for.
  @discardableResult
  private func noteNetwork(_ change: (inout State) -> Void) -> Bool {
    state.with { state in
      state.networkChanges += 1
      change(&state)
    }
    return beginIfComplete()
  }

  /// Ports were published, or are not any more.
  func portsChanged() { state.with { $0.portChanges += 1 } }

  /// Waits until the networks are shut off from one another.
  func ready() throws(EngineError) {
    let wanted = state.with { $0.networkChanges }
    try bringInStep { $0.networksInStep >= wanted }
  }

  /// Applies everything that changed.
  func flush() throws(EngineError) {
    let (networks, ports) = state.with { ($0.networkChanges, $0.portChanges) }
    try bringInStep { $0.networksInStep >= networks && $0.portsInStep >= ports }
  }

  /// Applies everything that changed before something failed. What fails here too is told with it.
  func flush(after error: EngineError) -> EngineError {
    var result = error
    do { try flush() } catch {
      result.diagnostics += error.diagnostics.filter { !result.diagnostics.contains($0) }
    }
    return result
  }

  /// Begins at most once. A failure is met again by whoever waits for the rules.
  @discardableResult
  private func beginIfComplete() -> Bool {
    let isComplete = state.with { state in
      guard let awaited = state.awaited, awaited.made <= 0, awaited.leaving <= 0 else {
        return false
      }
      state.awaited = nil
      return true
    }
    if isComplete { WorkerThread.start { try? self.ready() } }
    return isComplete
  }

  private func bringInStep(until isDone: (State) -> Bool) throws(EngineError) {
    while true {
      let step = state.wait { state -> Step? in
        if isDone(state) { return .done }
        guard !state.isRunning else { return nil }
        state.isRunning = true
        return .run(state)
      }
      guard case .run(let before) = step else { return }
      defer { state.with { $0.isRunning = false } }
      try synchronize(before.leaving)
      state.with { state in
        state.networksInStep = before.networkChanges
        state.portsInStep = before.portChanges
      }
    }
  }
}
