import Engine
import Model

/// How the lines of a progress block fill the columns of a terminal: where they are too few, names
/// are cut and details left out, but never what happens.
struct ProgressLayout {
  private let style: TextStyle
  private let columns: Int
  private let now: UInt64

  private static let shortestName = 8
  private static let spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
  private static let stepNanoseconds: UInt64 = 100_000_000

  /// For a terminal of so many columns, at a moment of the monotonic clock.
  init(style: TextStyle, columns: Int, now: UInt64) {
    self.style = style
    // A row that is quite full makes some terminals begin another.
    self.columns = max(10, columns - 1)
    self.now = now
  }

  /// The rows, each at most as wide as the terminal.
  func rows(of lines: [ProgressTable.Line]) -> [TerminalText] {
    let names = lines.map(name)
    let states = lines.map { $0.event.phase.rawValue }
    let times = lines.map(time)
    let widest = { (texts: [String]) in texts.map { TerminalCharacters.width($0) }.max() ?? 0 }
    // Mark, name, state and time with blanks around.
    let others = 3 + 2 + widest(states) + 2 + widest(times)
    let width = min(widest(names), max(Self.shortestName, columns - others))
    return lines.indices.map { index in
      let detail = room(beside: width, states[index], times[index], for: detail(of: lines[index]))
      return row(
        lines[index], Self.fitted(names[index], width), states[index] + detail, times[index])
    }
  }

  private func row(
    _ line: ProgressTable.Line, _ name: String, _ state: String, _ time: String
  ) -> TerminalText {
    let (mark, color) = mark(of: line)
    // Too few columns even so: the time goes before the state does.
    let head = 3 + TerminalCharacters.width(name) + 2
    let text = String(TerminalCharacters.prefix(state, columns: max(0, columns - head)))
    let rest = columns - head - TerminalCharacters.width(text)
    let isTimed = rest >= 2 + time.count
    let end: TerminalText = isTimed ? "  " + style.color("34", "\(time)") : ""
    return " \(style.color(color, "\(mark)")) \(name)  \(text)\(end)"
  }

  private func name(_ line: ProgressTable.Line) -> String {
    let resource = line.event.resource
    var text = "\(resource.kind.rawValue) \(resource.name)"
    if resource.image != nil { text = "  \(resource.name)" }
    if !line.event.services.isEmpty { text += " (\(line.event.services.joined(separator: ", ")))" }
    return TerminalCharacters.escaped(text, keepsLines: false)
  }

  private func time(_ line: ProgressTable.Line) -> String {
    let end = line.ended ?? now
    let tenths = (end > line.began ? end - line.began : 0) / 100_000_000
    return "\(tenths / 10).\(tenths % 10)s"
  }

  private func detail(of line: ProgressTable.Line) -> String {
    guard let detail = line.event.detail else { return "" }
    return " (\(TerminalCharacters.escaped(detail, keepsLines: false)))"
  }

  /// As much of a detail as fits beside the rest.
  private func room(
    beside width: Int, _ state: String, _ time: String, for detail: String
  ) -> String {
    let room = columns - 3 - width - 2 - TerminalCharacters.width(state) - 2 - time.count
    guard TerminalCharacters.width(detail) > room else { return detail }
    return room < 6 ? "" : Self.cut(detail, room - 1) + ")"
  }

  /// A name in a column of its own: cut where it is too wide, with blanks where it is not.
  private static func fitted(_ name: String, _ width: Int) -> String {
    let text = TerminalCharacters.width(name) > width ? cut(name, width) : name
    return text + String(repeating: " ", count: max(0, width - TerminalCharacters.width(text)))
  }

  private static func cut(_ text: String, _ columns: Int) -> String {
    TerminalCharacters.prefix(text, columns: columns - 1) + "…"
  }

  private func mark(of line: ProgressTable.Line) -> (String, String) {
    if line.isAbandoned { return ("✘", "31") }
    switch line.event.state {
    case .working where line.isWorking:
      return (Self.spinner[Int(now / Self.stepNanoseconds) % Self.spinner.count], "36")
    case .working, .done: return ("✔", "32")
    case .warning: return ("!", "33")
    case .failed: return ("✘", "31")
    }
  }
}
