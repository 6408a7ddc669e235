import Compose
import Glibc
import Linux
import Model
import Planning
import Runtime
import State

/// Waits until containers are as somebody wants them.
struct DependencyWaiter: Sendable {
  let context: ContainerContext
  let observer: Observer
  /// When the patience ends; nil means never. A moment of the monotonic clock.
  let deadline: UInt64?
  /// Tells when to look again; without it that is done every few milliseconds.
  var changes: ContainerChanges?
  /// How long a started container must have run to count as one that runs, in nanoseconds.
  var settling: Int64 = 0

  /// How one container is.
  private enum Verdict {
    case ready
    case pending(String)
    case failed(Diagnostic)
  }

  /// Waits until all containers meet a condition. Throws as soon as one never will.
  func wait(
    _ records: [ContainerRecord], until condition: Dependency.Condition, stop: StopSignal,
    progress: (ContainerRecord, Bool) -> Void
  ) throws(EngineError) {
    var waiting = records
    let places = records.map { context.layout.container($0.id) }
    let watcher = try? changes?.watch(places)
    var pause = watcher == nil ? 2 : ContainerChanges.longestPause
    if settling > 0, condition == .started { pause = min(pause, Int32(settling / 5_000_000)) }
    let revival = Revival(context)
    while true {
      watcher?.take()
      var status = ""
      for record in waiting {
        switch verdict(on: record, condition) {
        case .ready:
          waiting.removeAll { $0.id == record.id }
          progress(record, true)
        case .pending(let text): status = text
        case .failed(let diagnostic): throw EngineError(diagnostic)
        }
      }
      if waiting.isEmpty { return }
      // Nobody probes, restarts or records an end when all of ours were killed.
      revival.runWarning()
      try sleep(pause, watcher, stop, waiting, status)
      if watcher == nil { pause = min(pause * 2, 25) }
    }
  }

  private func sleep(
    _ milliseconds: Int32, _ watcher: EventWatcher?, _ stop: StopSignal,
    _ waiting: [ContainerRecord], _ status: String
  ) throws(EngineError) {
    var milliseconds = milliseconds
    if let deadline {
      let now = Clock.monotonicNanoseconds()
      if now > deadline {
        let names = waiting.map(\.name).joined(separator: ", ")
        throw EngineError("timed out waiting for \(names) \(status)")
      }
      milliseconds = min(milliseconds, Int32(clamping: (deadline - now) / 1_000_000 + 1))
    }
    var entries = (stop.descriptors + [watcher?.descriptor ?? -1]).map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    _ = try? Descriptors.poll(&entries, timeoutMilliseconds: milliseconds)
    if stop.isStopped { throw stop.error }
  }

  private func verdict(
    on record: ContainerRecord, _ condition: Dependency.Condition
  ) -> Verdict {
    let state = observer.observe(record)
    switch condition {
    case .started:
      guard state.isActive else {
        return state.exitCode == 0 ? .ready : .failed(failure.ended(record, state.exitCode))
      }
      return settling == 0 || hasSettled(record) ? .ready : .pending("to stay up")
    case .healthy: return healthVerdict(record, state)
    case .completed:
      if state.isActive { return .pending("to end") }
      guard let code = state.exitCode else { return .pending("to start") }
      return code == 0 ? .ready : .failed(failure.ended(record, code))
    }
  }

  private func hasSettled(_ record: ContainerRecord) -> Bool {
    switch context.processes.status(record.id) {
    case .running(_, let start), .paused(_, let start):
      Clock.now().nanoseconds - start.nanoseconds >= settling
    case .created, .exited: false
    }
  }

  private func healthVerdict(
    _ record: ContainerRecord, _ state: ObservedContainer
  ) -> Verdict {
    guard state.isActive else { return .failed(failure.ended(record, state.exitCode)) }
    switch state.health {
    case .healthy: return .ready
    case .unhealthy: return .failed(failure.unhealthy(record))
    case .starting: return .pending("to become healthy")
    case .none:
      return .failed(Diagnostic(.error, "container \(record.name) has no healthcheck to wait for"))
    }
  }

  private var failure: ContainerFailure { ContainerFailure(context: context) }
}
