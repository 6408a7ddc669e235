import Engine
import Model

/// What a watch says, in the words of Docker Compose.
enum WatchText {
  /// The sentence about something that happened; nil for what is shown as messages.
  static func line(_ event: WatchEvent) -> TerminalText? {
    switch event {
    case .enabled: "Watch enabled"
    case .disabled: "Watch disabled"
    case .syncing(let service, let changes):
      "Syncing service \"\(service)\" after \(changes) changes were detected"
    case .rebuilding(let services):
      "Rebuilding service(s) \(list(services)) after changes were detected..."
    case .rebuilt(let services): "service(s) \(list(services)) successfully built"
    case .restarted(let services): "service(s) \(list(services)) restarted"
    case .output(let line): "\(line)"
    case .filesChanged(let files):
      "\(files.joined(separator: ", ")) changed: reading the project again"
    case .reloaded: "the project is as its files say"
    case .buildFailed, .recreateFailed, .trouble: nil
    }
  }

  /// The messages of something that failed, after the sentence that says what did.
  static func messages(_ event: WatchEvent) -> (line: TerminalText?, messages: [Diagnostic]) {
    switch event {
    case .buildFailed(let messages): ("Build failed.", messages)
    case .recreateFailed(let messages):
      ("Failed to recreate services after update.", messages)
    case .trouble(let messages): (nil, messages)
    default: (line(event), [])
    }
  }

  private static func list(_ names: [String]) -> String {
    "[" + names.map { "\"\($0)\"" }.joined(separator: " ") + "]"
  }
}
