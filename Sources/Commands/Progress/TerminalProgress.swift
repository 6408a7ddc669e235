import Engine
import Glibc
import Linux
import Model
import Synchronization

/// Progress as a block of lines on a terminal that is redrawn in place.
///
/// The block is redrawn by events only: nothing runs in the background for it.
final class TerminalProgress: ProgressReporter {
  private struct Line {
    var event: ProgressEvent
    var started: Int64
    var ended: Int64?
  }

  private struct State {
    var order: [ProgressEvent.Resource] = []
    var lines: [ProgressEvent.Resource: Line] = [:]
    var drawn = 0
  }

  private let context: CommandContext
  private let title: String
  private let state = Mutex(State())

  /// Makes a block headed `[+] title`.
  init(context: CommandContext, title: String) {
    self.context = context
    self.title = title
  }

  func report(_ event: ProgressEvent) {
    state.withLock { state in
      let now = Self.now()
      if state.lines[event.resource] == nil {
        state.order.append(event.resource)
        state.lines[event.resource] = Line(event: event, started: now)
      }
      state.lines[event.resource]?.event = event
      state.lines[event.resource]?.ended = event.state == .working ? nil : now
      redraw(&state)
    }
  }

  func warn(_ diagnostic: Diagnostic) {
    above { context.errorStyle.dress(diagnostic) }
  }

  func output(_ line: String, of resource: ProgressEvent.Resource) {
    above {
      context.errorStyle.color("2", " => \(resource.name) ") + "\(BuildOutput.shown(line))"
    }
  }

  /// Prints a line above the block.
  private func above(_ text: () -> TerminalText) {
    state.withLock { state in
      let erase = Self.erase(state.drawn)
      state.drawn = 0
      Output.write(erase + text() + "\n", to: 2)
      if !state.order.isEmpty { redraw(&state) }
    }
  }

  /// Goes up some lines and removes them.
  private static func erase(_ lines: Int) -> TerminalText {
    lines > 0 ? "\u{1B}[\(lines)A\u{1B}[J" : ""
  }

  private func redraw(_ state: inout State) {
    let size = Self.size()
    let done = state.lines.values.count { $0.event.state != .working }
    var text = Self.erase(state.drawn) + "[+] \(title) \(done)/\(state.order.count)\n"
    // A block taller than the screen could not be redrawn: the oldest finished lines go first.
    var shown = state.order
    let room = max(3, size.rows - 2)
    if shown.count > room {
      let working = shown.filter { state.lines[$0]?.event.state == .working }
      shown = working.count >= room ? Array(working.prefix(room)) : Array(shown.suffix(room))
    }
    let width = shown.map { TerminalCharacters.width(Self.name($0)) }.max() ?? 0
    for resource in shown {
      guard let line = state.lines[resource] else { continue }
      text += row(line, width: width, columns: size.columns) + "\n"
    }
    state.drawn = shown.count + 1
    Output.write(text, to: 2)
  }

  private static func name(_ resource: ProgressEvent.Resource) -> String {
    TerminalCharacters.escaped("\(resource.kind.rawValue) \(resource.name)", keepsLines: false)
  }

  private func row(_ line: Line, width: Int, columns: Int) -> TerminalText {
    let event = line.event
    let name = Self.name(event.resource)
    let seconds = Double((line.ended ?? Self.now()) - line.started) / 1e9
    let time = "\(Double(Int(seconds * 10)) / 10)s"
    let blanks = String(repeating: " ", count: width - TerminalCharacters.width(name) + 2)
    var body = name + blanks + event.phase.rawValue
    if let detail = event.detail {
      body += " (\(TerminalCharacters.escaped(detail, keepsLines: false)))"
    }
    let room = columns - 6 - time.count
    if TerminalCharacters.width(body) > room, room > 1 {
      body = TerminalCharacters.prefix(body, columns: room - 1) + "…"
    }
    let rest = min(room, width + 30) - TerminalCharacters.width(body)
    let padding = String(repeating: " ", count: max(1, rest))
    let (mark, color) = Self.mark(event.state)
    let style = context.errorStyle
    return " \(style.color(color, "\(mark)")) \(body)\(padding)\(style.color("34", "\(time)"))"
  }

  private static func mark(_ state: ProgressEvent.State) -> (String, String) {
    switch state {
    case .working: ("⠿", "36")
    case .done: ("✔", "32")
    case .warning: ("!", "33")
    case .failed: ("✘", "31")
    }
  }

  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  private static func size() -> (rows: Int, columns: Int) {
    var window = winsize()
    guard ioctl(2, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else { return (24, 80) }
    return (Int(window.ws_row), Int(window.ws_col))
  }
}
