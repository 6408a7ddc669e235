import Linux
import Model
import Planning
import Runtime
import State
import Synchronization

/// Brings back what looks after a project when all of it was killed.
///
/// A supervisor gives containers new shims, and shims bring back their supervisor; only when all of
/// them are gone there is nobody left to do so. Then a program whose output nobody takes stops as
/// soon as its pipe is full, until a command looks.
final class Revival: Sendable {
  private let context: ContainerContext
  private let lastStart = Mutex<UInt64>(0)

  /// How long a supervisor that was started may take until it says that it runs.
  private static let patience: UInt64 = 2_000_000_000

  init(_ context: ContainerContext) { self.context = context }

  /// Starts the supervisor if nobody else would; returns what is to be told about that.
  func run() -> [Diagnostic] {
    guard isNeeded, mayStart() else { return [] }
    do {
      try SupervisorClient(context.engine, project: context.project).bringBack()
    } catch {
      return error.diagnostics
    }
    return [
      Diagnostic(
        .warning,
        "all processes that look after project \(context.project) were killed; they are started "
          + "again",
        hint: "until now nobody took what its containers wrote, and nobody restarted them")
    ]
  }

  /// The same for those who wait: it is told as a warning.
  func runWarning() {
    for var diagnostic in run() {
      diagnostic.severity = .warning
      context.engine.progress.warn(diagnostic)
    }
  }

  private func mayStart() -> Bool {
    let now = Clock.monotonicNanoseconds()
    return lastStart.withLock { last in
      guard last == 0 || now - last > Self.patience else { return false }
      last = now
      return true
    }
  }

  private var isNeeded: Bool {
    let layout = context.layout
    let supervisor = ProcessIdentity.readIfUsable(layout.supervisorPID(context.project))
    guard supervisor?.isAlive != true, isWanted,
      let records = try? context.containers.containers(of: context.project)
    else { return false }
    return records.contains { context.processes.needsAdoption($0.id) || isWaiting($0) }
  }

  private var isWanted: Bool {
    let text = try? Files.readText(context.layout.supervisorDesired(context.project))
    return text?.split(whereSeparator: \.isWhitespace).first == "up"
  }

  /// True when its restart was decided on, and nobody is there to do it.
  private func isWaiting(_ record: ContainerRecord) -> Bool {
    let container = context.layout.container(record.id)
    guard let restarts = RestartRecord.readIfUsable(container.restarts), restarts.waiting,
      DesiredState.read(container) == .running,
      case .exited(let exit) = context.processes.status(record.id)
    else { return false }
    return restarts.decided == exit.finishedAt
  }
}

extension ContainerContext {
  /// Lets containers go on that a command had paused which was killed, of whatever project: no record
  /// has to be read for that.
  func endAbandonedPauses() throws(EngineError) {
    for id in try containers.identities() {
      try explaining("unpause container \(id.short)") { () throws(SyscallError) in
        try processes.goOnIfAbandoned(id)
      }
    }
  }
}

extension Engine {
  /// Brings back what looks after a project when all of it was killed; returns what is to be told
  /// about that. Whoever is not root changes nothing.
  package func revive(project: String) -> [Diagnostic] {
    guard (try? Engine.requireRoot()) != nil else { return [] }
    let context = ContainerContext(self, project: project)
    context.attempt { () throws(EngineError) in try context.endAbandonedPauses() }
    return Revival(context).run()
  }

  /// The same for all projects of the machine.
  package func reviveAll() -> [Diagnostic] {
    let context = ContainerContext(self, project: "")
    guard (try? Engine.requireRoot()) != nil, let records = try? context.containers.all() else {
      return []
    }
    return Set(records.map(\.project)).subtracting([""]).sorted().flatMap { revive(project: $0) }
  }

  /// The same for the project of a container, by name or id.
  package func revive(container name: String) -> [Diagnostic] {
    guard let record = try? find(container: name) else { return [] }
    return revive(project: record.project)
  }
}
