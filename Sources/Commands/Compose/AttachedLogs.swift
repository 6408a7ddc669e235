import Engine
import Model
import State
import Synchronization

/// What an attached `up` shows: the logs, and what happens to the containers.
final class AttachedLogs: AttachObserver, WatchObserver {
  private let context: CommandContext
  private let printer: Mutex<LogPrinter>
  private let menu = Mutex<KeyMenu?>(nil)

  init(context: CommandContext, style: LogStyle) {
    self.context = context
    printer = Mutex(LogPrinter(style: style, outputStyle: context.outputStyle))
  }

  func attaching(to sources: [LogSource]) {
    let names = sources.map(\.label).joined(separator: ", ")
    if !sources.isEmpty { Output.write("Attaching to \(names)\n" as TerminalText, to: 1) }
    printer.withLock { $0.add(sources) }
  }

  func lines(_ lines: [LogLine]) { printer.withLock { $0.print(lines) } }

  func notice(_ notice: ContainerNotice, of source: LogSource) {
    let text =
      switch notice {
      case .exited(let code): "exited with code \(code)"
      case .restarting(let code): "exited with code \(code) (restarting)"
      case .recreated: "has been recreated"
      }
    printer.withLock { $0.notice(text, of: source) }
  }

  func watching(_ event: WatchEvent) {
    let (line, messages) = WatchText.messages(event)
    printer.withLock { printer in
      if let line { printer.watch(line) }
      messages.forEach(context.show)
    }
  }

  /// Shows keys below the logs.
  func begin(_ keys: KeyMenu) {
    menu.withLock { $0 = keys }
    keys.begin()
  }

  private func endMenu() { menu.withLock { $0 }?.end() }

  /// Shows lines that no end has come for.
  func end() {
    endMenu()
    printer.withLock { $0.finish() }
  }

  func stopping(hard: Bool) {
    endMenu()
    let text =
      hard ? "Killing..." : "Gracefully Stopping... press Ctrl+C again to force"
    Output.write(text + "\n", to: 2)
  }
}
