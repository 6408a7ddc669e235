import Compose
import Linux
import Model
import Networking
import Planning
import Runtime
import State

/// Watches new containers until they have shown that they work, or do not.
struct UpdateWatch {
  let context: ContainerContext
  let check: Operation.UpdateCheck
  /// When the patience ends; a moment of the monotonic clock.
  let deadline: UInt64?
  /// Waits a moment; throws when waiting has no sense any more.
  let pause: () throws(EngineError) -> Void

  private enum Verdict {
    case works
    case pending
    case failed(Diagnostic)
  }

  /// What is wrong with those that do not work, once all of them are known to work or not.
  func failures(_ records: [ContainerRecord]) throws(EngineError) -> [ObjectID: Diagnostic] {
    var failures: [ObjectID: Diagnostic] = [:]
    var waiting = records
    let revival = Revival(context)
    while true {
      for record in waiting {
        switch verdict(on: record) {
        case .pending: continue
        case .failed(let diagnostic): failures[record.id] = diagnostic
        case .works: break
        }
        waiting.removeAll { $0.id == record.id }
      }
      guard let next = waiting.first else { return failures }
      if let deadline, Clock.monotonicNanoseconds() > deadline {
        throw EngineError("timed out waiting for \(next.name) to work")
      }
      revival.runWarning()
      try pause()
    }
  }

  private func verdict(on record: ContainerRecord) -> Verdict {
    let state = Observer(context: context).observe(record)
    let describing = ContainerFailure(context: context)
    guard state.isActive else {
      // A program that has done its work is no failure.
      return state.exitCode == 0
        ? .works : .failed(describing.ended(record, state.exitCode))
    }
    let restarts = RestartRecord.readIfUsable(context.layout.container(record.id).restarts)
    if let restarts, restarts.count > 0 || restarts.waiting {
      return .failed(describing.endedAndRestarted(record))
    }
    if state.health == .unhealthy { return .failed(describing.unhealthy(record)) }
    if check.waitsForHealth, state.health != .healthy { return .pending }
    guard case .running(let process, let started) = context.processes.status(record.id) else {
      return .pending
    }
    let age = Duration.nanoseconds(Clock.now().nanoseconds - started.nanoseconds)
    guard age >= check.settings.monitor else { return .pending }
    let ports = record.networking.ports.filter { $0.protocol == .tcp }.map(\.target)
    guard check.startsFirst, !check.waitsForHealth,
      !PortTable.isListening(on: ports, namespaceOf: process.pid)
    else { return .works }
    let patience = max(check.settings.monitor, Self.listeningPatience)
    return age < patience
      ? .pending : .failed(describing.doesNotListen(record, ports, within: patience))
  }

  /// How long a program without a healthcheck may take, at least, until it listens.
  private static let listeningPatience = Duration.seconds(10)
}
