import Glibc
import Linux
import Synchronization

/// Some rows at the end of a terminal that are drawn anew as they change.
protocol ScreenBlock: AnyObject, Sendable {
  /// The descriptor of the terminal, 1 or 2.
  var descriptor: Int32 { get }
  /// The rows as they are now, each narrower than the terminal and in all fewer than it has; with
  /// `isLast` as many as there are, since they are not drawn again.
  func rows(_ size: TerminalSize, isLast: Bool) -> [TerminalText]
  /// Nothing changes any more: what is not done never will be.
  func end()
}

/// The owner of the terminal: lines and blocks get there through here and no other way, so that no
/// one erases what another has written.
///
/// Lines go above the block: it is erased, they are written, and it is drawn again below. What is above
/// it is never touched.
final class Screen: Sendable {
  /// That of the process.
  static let shared = Screen()

  private struct State {
    var block: (any ScreenBlock)?
    /// How many rows of it are on the terminal, just above the cursor.
    var drawn = 0
  }

  private let state = Mutex(State())

  /// Shows a block as it is now. One that was shown before stays as it is, above.
  func show(_ block: any ScreenBlock) {
    state.withLock { state in
      var text: TerminalText = ""
      if let old = state.block, old !== block { text += Self.leave(&state) }
      state.block = block
      text += Self.draw(&state)
      OutputCall.write(text.text, to: block.descriptor)
    }
  }

  /// Shows a block as it is now, if it is the one that is shown.
  func redraw(_ block: any ScreenBlock) {
    state.withLock { state in
      guard state.block === block else { return }
      OutputCall.write(Self.draw(&state).text, to: block.descriptor)
    }
  }

  /// Leaves what is shown where it is: from now on it is text as any other.
  func settle() {
    state.withLock { state in
      guard let descriptor = state.block?.descriptor else { return }
      OutputCall.write(Self.leave(&state).text, to: descriptor)
    }
  }

  /// Leaves a block where it is, if that is the one that is shown.
  func settle(_ block: any ScreenBlock) {
    state.withLock { state in
      guard state.block === block else { return }
      OutputCall.write(Self.leave(&state).text, to: block.descriptor)
    }
  }

  /// Writes bytes, above the block if there is one on the same terminal.
  func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
    guard !bytes.isEmpty else { return }
    state.withLock { state in
      guard state.drawn > 0, let block = state.block,
        descriptor == block.descriptor || Terminal.isTerminal(descriptor)
      else { return OutputCall.write(bytes, to: descriptor) }
      // A block needs a row of its own.
      let end = bytes.last == UInt8(ascii: "\n") ? "" : "\n"
      let erase = Self.erase(&state).text
      if descriptor == block.descriptor {
        let rows = Self.draw(&state).text
        OutputCall.write((erase.utf8 + bytes + (end + rows).utf8)[...], to: descriptor)
      } else {
        OutputCall.write(erase, to: block.descriptor)
        OutputCall.write((bytes + end.utf8)[...], to: descriptor)
        OutputCall.write(Self.draw(&state).text, to: block.descriptor)
      }
    }
  }

  /// Goes up to the first row of the block and erases from there on. What was typed meanwhile stands
  /// behind it. Source: ECMA-48, CUU and ED.
  private static func erase(_ state: inout State) -> TerminalText {
    defer { state.drawn = 0 }
    return state.drawn > 0 ? "\r\u{1B}[\(state.drawn)A\u{1B}[J" : ""
  }

  private static func draw(_ state: inout State, isLast: Bool = false) -> TerminalText {
    guard let block = state.block else { return "" }
    let size = Terminal.size(block.descriptor) ?? TerminalSize(rows: 24, columns: 80)
    let rows = block.rows(size, isLast: isLast)
    var text = erase(&state)
    for row in rows { text += row + "\n" }
    state.drawn = rows.count
    return text
  }

  private static func leave(_ state: inout State) -> TerminalText {
    state.block?.end()
    let text = draw(&state, isLast: true)
    state.drawn = 0
    state.block = nil
    return text
  }
}
