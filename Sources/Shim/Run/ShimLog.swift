import Glibc
import Linux
import Model
import State

/// Where a shim says what goes wrong once nobody waits for its report: the log of the project's
/// supervisor. It is opened for a line only, since most shims never write one.
struct ShimLog {
  private let container: ContainerLayout
  /// The run directory of the project; nil when the container belongs to none.
  private let directory: String?

  init(_ container: ContainerLayout, _ spec: ContainerSpec? = nil) {
    self.container = container
    directory = spec?.supervisor.map { Files.parent(of: $0.pidFile) }
  }

  /// What a shim is called in a trace; `run` is the run directory of its container.
  static func processName(_ run: String) -> String {
    "shim \(Files.name(of: run).prefix(12))"
  }

  private var name: String { Self.processName(container.run) }

  /// Below which all run directories lie.
  private var runRoot: String { Files.parent(of: Files.parent(of: container.run)) }

  /// Writes a line; into a log of the run root when the project is not known.
  func write(_ text: String) {
    Trace.write(.step, text)
    let path = Layout.supervisorLog(in: directory ?? runRoot)
    BoundedLog(path, limit: SupervisorLog.limit)
      .append(SupervisorLog.line("\(name) (\(getpid())): \(text)"))
  }

  /// Says why the shim ends before its container.
  func giveUp(_ what: String, _ reason: any Error) { write("gives up: \(what): \(reason)") }

  /// Does as the project's switch says now.
  func followSwitch() {
    guard let directory else { return }
    TraceSwitch(file: "\(directory)/debug", log: "\(runRoot)/debug.log").follow(process: name)
  }
}
