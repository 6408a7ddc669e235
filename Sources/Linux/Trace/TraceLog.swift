import Glibc
import Model
import Synchronization

/// Writes what `Trace` is told into the file that all processes of ours share, and for a command
/// that was asked to also to standard error.
package enum TraceLog {
  private struct Settings {
    var process = ""
    var path = ""
    var log: BoundedLog?
    var isShown = false
  }

  private static let settings = Mutex(Settings())

  /// The size of one of the two files in bytes.
  package static let limit = 4 << 20

  /// Starts to write, if it does not already.
  ///
  /// - Parameters:
  ///   - process: What this process is, such as `supervisor shop`.
  ///   - path: The file.
  ///   - isShown: Also writes to standard error.
  package static func start(process: String, path: String, isShown: Bool = false) {
    let isNew = settings.withLock { settings in
      let isNew = settings.path != path || settings.log == nil
      settings.process = process
      settings.path = path
      settings.isShown = settings.isShown || isShown
      if isNew { settings.log = BoundedLog(path, limit: limit) }
      return isNew
    }
    guard isNew || !Trace.isOn else { return }
    Trace.start(write)
    Trace.write(.step, "the trace begins")
  }

  /// What a program of ours is given in its environment, so that it writes to the same file.
  package static var environment: [String] {
    guard Trace.isOn else { return [] }
    return ["\(TraceRequest.variable)=\(settings.withLock { $0.path })"]
  }

  /// The descriptor under which the file is open; nil when it is not.
  static var descriptor: Int32? { settings.withLock { $0.log?.descriptor } }

  private static let write: Trace.Sink = { category, text in
    let time = Clock.now().rfc3339
    let (process, log, isShown) = settings.withLock { ($0.process, $0.log, $0.isShown) }
    let line = "\(time) \(process)[\(getpid())] \(category.rawValue): \(text)\n"
    log?.append(Array(line.utf8))
    guard isShown else { return }
    let shown = Array(TerminalCharacters.escaped(line, keepsLines: true).utf8)
    _ = Glibc.write(2, shown, shown.count)
  }
}

/// What `ROOST_DEBUG` says.
package enum TraceRequest: Sendable, Hashable {
  /// Nothing, or no.
  case off
  /// To standard error and to the usual file.
  case shown
  /// To a file; this is what a program of ours says to another.
  case file(String)

  /// The variable's name.
  package static let variable = "ROOST_DEBUG"

  /// Reads the variable's value.
  package init(_ value: String?) {
    switch value {
    case nil, "", "0", "false", "no", "off": self = .off
    case let path? where path.hasPrefix("/"): self = .file(path)
    default: self = .shown
    }
  }

  /// What the environment of this process says.
  package static var current: TraceRequest {
    TraceRequest(getenv(variable).map { String(cString: $0) })
  }

  /// Starts to write in a program that another of ours started.
  package static func startIfAsked(process: @autoclosure () -> String) {
    if case .file(let path) = current { TraceLog.start(process: process(), path: path) }
  }
}

/// The switch of a project: while the file is there, the project's processes write down what they
/// do. They look when they start, and when SIGHUP tells them to.
package struct TraceSwitch: Sendable, Hashable {
  /// The file that says so by being there.
  package var file: String
  /// The file that is written to.
  package var log: String

  /// Makes a switch.
  package init(file: String, log: String) {
    self.file = file
    self.log = log
  }

  /// True when it is on.
  package var isOn: Bool { access(file, F_OK) == 0 }

  /// Starts to write if the switch is on.
  package func startIfOn(process: @autoclosure () -> String) {
    if !Trace.isOn, isOn { TraceLog.start(process: process(), path: log) }
  }

  /// Does as the switch says now.
  package func follow(process: @autoclosure () -> String) {
    if isOn {
      startIfOn(process: process())
    } else if Trace.isOn {
      Trace.stop()
    }
  }
}
