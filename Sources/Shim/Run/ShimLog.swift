import Glibc
import Linux
import Model
import State

/// Where a shim says what goes wrong once nobody waits for its report: the log of the project's
/// supervisor. It is opened for a line only, since most shims never write one.
struct ShimLog {
  private let name: String
  private let path: String
  private let traceSwitch: TraceSwitch?

  /// - Parameter spec: says which project it is; without one the log of the run root is written to.
  init(_ container: ContainerLayout, _ spec: ContainerSpec? = nil) {
    name = Self.processName(container.run)
    path = spec?.supervisor?.start.log ?? container.logWithoutProject
    traceSwitch = spec?.supervisor.map(container.debugSwitch)
  }

  /// What a shim is called in a trace; `run` is the run directory of its container.
  static func processName(_ run: String) -> String {
    "shim \(Files.name(of: run).prefix(12))"
  }

  /// Writes a line.
  func write(_ text: String) {
    Trace.write(.step, text)
    BoundedLog(path, limit: SupervisorLog.limit)
      .append(SupervisorLog.line("\(name) (\(getpid())): \(text)"))
  }

  /// Says why the shim ends before its container.
  func giveUp(_ what: String, _ reason: any Error) { write("gives up: \(what): \(reason)") }

  /// Does as the project's switch says now.
  func followSwitch() { traceSwitch?.follow(process: name) }
}
