import Linux
import Model
import Synchronization

/// The table of `stats` on a terminal, which is drawn anew every second.
final class UsageBlock: ScreenBlock {
  let descriptor: Int32 = 1
  private let lines = Mutex<[String]>([])

  /// Shows a table in the place of the last one.
  func show(_ text: String) {
    lines.withLock { $0 = text.split(separator: "\n").map(String.init) }
    Screen.shared.show(self)
  }

  func rows(_ size: TerminalSize, isLast: Bool) -> [TerminalText] {
    let shown = lines.withLock { isLast ? $0 : Array($0.prefix(max(1, Int(size.rows) - 1))) }
    let columns = max(1, Int(size.columns) - 1)
    return shown.map {
      TerminalText(lines: String(TerminalCharacters.prefix($0, columns: columns)))
    }
  }

  func end() {}
}
