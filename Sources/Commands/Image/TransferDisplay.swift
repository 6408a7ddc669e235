import Engine
import Glibc
import Linux
import Model
import State
import Synchronization
import Transfer

/// Shows the layers of one transfer as `docker pull` does: a line a layer that is redrawn on a
/// terminal, a line a change elsewhere.
final class TransferDisplay: TransferProgress, ScreenBlock {
  private struct State {
    var order: [String] = []
    var phases: [String: TransferPhase] = [:]
    /// When bytes were first counted, for the rate.
    var began: [String: UInt64] = [:]
  }

  private let context: CommandContext
  private let isTerminal: Bool
  private let isQuiet: Bool
  private let state = Mutex(State())
  let descriptor: Int32 = 1

  private static let barWidth = 50

  init(_ context: CommandContext, quiet: Bool) {
    self.context = context
    isQuiet = quiet
    isTerminal = context.outputStyle.isDressed && Terminal.isTerminal(1)
  }

  func announce(_ line: String) {
    if !isQuiet { context.print(line) }
  }

  func warn(_ diagnostic: Diagnostic) { context.show(diagnostic) }

  func report(_ layer: String, _ phase: TransferPhase) {
    guard !isQuiet else { return }
    let isNews = state.withLock { state in
      let old = state.phases[layer]
      if old == nil { state.order.append(layer) }
      state.phases[layer] = phase
      if phase.amount != nil, old?.amount == nil {
        state.began[layer] = Clock.monotonicNanoseconds()
      }
      return phase.amount == nil && phase != old
    }
    if isTerminal {
      Screen.shared.show(self)
    } else if isNews {
      context.print("\(layer): \(phase.text)")
    }
  }

  func end() {}

  func rows(_ size: TerminalSize, isLast: Bool) -> [TerminalText] {
    state.withLock { state in
      // Lines that left the screen could not be redrawn: finished ones go first.
      let room = isLast ? Int.max : max(1, Int(size.rows) - 2)
      var shown = state.order
      if shown.count > room {
        let working = shown.filter { !(state.phases[$0]?.isFinal ?? true) }
        shown = Array((working.isEmpty ? shown : working).suffix(room))
      }
      let columns = Int(size.columns)
      return shown.compactMap { layer in
        guard let phase = state.phases[layer] else { return nil }
        let line = TerminalCharacters.escaped(
          "\(layer): \(words(phase, since: state.began[layer], columns: columns))",
          keepsLines: false)
        return "\(TerminalCharacters.prefix(line, columns: columns - 1))"
      }
    }
  }

  private func words(_ phase: TransferPhase, since began: UInt64?, columns: Int) -> String {
    guard let (done, total) = phase.amount else { return phase.text }
    let amount = "\(HumanSize.decimal(done))/\(HumanSize.decimal(total))"
    let elapsed = Double(Clock.monotonicNanoseconds() - (began ?? 0)) / 1e9
    let rate = elapsed > 0.5 ? " \(HumanSize.decimal(Int64(Double(done) / elapsed)))/s" : ""
    guard columns >= 100 else { return "\(phase.text)  \(amount)\(rate)" }
    return "\(phase.text)  \(Self.bar(done, total))  \(amount)\(rate)"
  }

  private static func bar(_ done: Int64, _ total: Int64) -> String {
    let filled = total > 0 ? Int(Double(barWidth) * Double(done) / Double(total)) : barWidth
    let count = max(0, min(filled, barWidth))
    let line = String(repeating: "=", count: count) + (count < barWidth ? ">" : "")
    return "[" + line + String(repeating: " ", count: barWidth - min(barWidth, count + 1)) + "]"
  }
}
