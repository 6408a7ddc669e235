import Engine
import Glibc
import Linux
import Model
import Synchronization

/// Progress as a block of lines on a terminal that is redrawn in place: by events, and ten times a
/// second as long as something is being done, so that its time can be seen to pass.
final class TerminalProgress: ProgressReporter {
  private let context: CommandContext
  private let descriptor: Int32
  private let title: String
  private let block: Mutex<ProgressBlock?>

  /// Makes a reporter whose blocks are headed `[+] title`.
  init(context: CommandContext, title: String, descriptor: Int32) {
    self.context = context
    self.title = title
    self.descriptor = descriptor
    block = Mutex(nil)
  }

  func report(_ event: ProgressEvent) {
    let current = block.withLock { block in
      if let block { return block }
      let new = ProgressBlock(
        title: title, style: style, descriptor: descriptor)
      block = new
      return new
    }
    current.take(event)
    Screen.shared.show(current)
    Ticker.keepDrawing(current)
  }

  private var style: TextStyle {
    TextStyle(descriptor: descriptor, ansi: context.global.ansi, context.processEnvironment)
  }

  func warn(_ diagnostic: Diagnostic) { context.show(diagnostic) }

  func output(_ line: String, of resource: ProgressEvent.Resource) {
    let text = style.color("2", " => \(resource.name) ")
    Output.write(text + "\(BuildOutput.shown(line))\n", to: descriptor)
  }

  func settle() {
    let last = block.withLock { block in
      defer { block = nil }
      return block
    }
    if let last { Screen.shared.settle(last) }
  }
}

/// A block that shows what is being done to each resource.
final class ProgressBlock: ScreenBlock {
  private struct State {
    var table = ProgressTable()
    /// True while somebody draws it again and again.
    var isTicking = false
    var isOver = false
  }

  let descriptor: Int32
  private let title: String
  private let style: TextStyle
  private let state = Mutex(State())

  init(title: String, style: TextStyle, descriptor: Int32) {
    self.title = title
    self.style = style
    self.descriptor = descriptor
  }

  /// Notes what happens to a resource.
  func take(_ event: ProgressEvent) {
    state.withLock { $0.table.take(event, at: Clock.monotonicNanoseconds()) }
  }

  func rows(_ size: TerminalSize, isLast: Bool) -> [TerminalText] {
    state.withLock { state in
      let table = state.table
      let head: TerminalText = "[+] \(title) \(table.done)/\(table.count)"
      let room = isLast ? Int.max : max(1, Int(size.rows) - 2)
      let layout = ProgressLayout(
        style: style, columns: Int(size.columns), now: Clock.monotonicNanoseconds())
      return [head] + layout.rows(of: table.lines(room: room, isLast: isLast))
    }
  }

  func end() {
    state.withLock { state in
      state.isOver = true
      state.table.end(at: Clock.monotonicNanoseconds())
    }
  }

  /// True for the first who asks, while something is being done.
  func beginTicking() -> Bool {
    state.withLock { state in
      guard !state.isTicking, !state.isOver, state.table.isWorking else { return false }
      state.isTicking = true
      return true
    }
  }

  /// False when nothing is being done any more, and nobody need draw it again.
  func goesOn() -> Bool {
    state.withLock { state in
      state.isTicking = !state.isOver && state.table.isWorking
      return state.isTicking
    }
  }
}

/// Draws a block again and again while something is being done.
private enum Ticker {
  private static let milliseconds: Int32 = 100

  static func keepDrawing(_ block: ProgressBlock) {
    guard block.beginTicking() else { return }
    // Without a thread it is drawn by events only.
    try? WorkerThread.detach {
      repeat {
        poll(nil, 0, milliseconds)
        Screen.shared.redraw(block)
      } while block.goesOn()
    }
  }
}
