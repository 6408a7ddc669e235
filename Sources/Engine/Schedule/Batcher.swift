import Linux

/// Does something for many callers at once: those who come while it is being done are served
/// together by the next turn. Sparing for what costs the same for one as for many.
final class Batcher<Item: Sendable>: Sendable {
  private struct State {
    /// The items of the turn that is being gathered.
    var gathered: [Item] = []
    /// The number of that turn.
    var turn = 0
    /// How many turns are done.
    var done = 0
    var isRunning = false
    var failures: [Int: EngineError] = [:]
  }

  private enum Step {
    case run([Item])
    case finished(EngineError?)
  }

  private let state = ConditionLock(State())
  private let action: @Sendable ([Item]) throws(EngineError) -> Void

  init(_ action: @escaping @Sendable ([Item]) throws(EngineError) -> Void) {
    self.action = action
  }

  /// Waits until the action was done with this item among others. Throws what the action threw.
  func submit(_ item: Item) throws(EngineError) {
    let turn = state.with { state in
      state.gathered.append(item)
      return state.turn
    }
    let step = state.wait { state -> Step? in
      if state.done > turn { return .finished(state.failures[turn]) }
      // Whoever comes first when nothing runs does the work for all that were gathered.
      guard !state.isRunning else { return nil }
      let items = state.gathered
      state.gathered = []
      state.turn += 1
      state.isRunning = true
      return .run(items)
    }
    switch step {
    case .finished(let failure): if let failure { throw failure }
    case .run(let items): try run(items, turn)
    }
  }

  private func run(_ items: [Item], _ turn: Int) throws(EngineError) {
    var failure: EngineError?
    do throws(EngineError) { try action(items) } catch { failure = error }
    state.with { state in
      state.failures[turn] = failure
      state.done += 1
      state.isRunning = false
    }
    if let failure { throw failure }
  }
}
