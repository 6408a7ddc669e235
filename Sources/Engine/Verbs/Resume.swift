import Model
import Planning
import State

extension Engine {
  /// Starts what ran when the machine went down, in the order of its dependencies, if its restart
  /// policy wants that: `always`, `unless-stopped`, and `on-failure` unless it had ended well.
  /// `always` starts what was stopped by hand, too.
  package func resume(_ selection: ProjectSelection) throws(EngineError) {
    let verb = LifecycleVerb(self, selection, [])
    _ = try verb.run { (observed, _) in
      let wanted = observed.containers.filter { isWantedAgain($0) }
      return LifecyclePlanner.start(
        observed.containers, services: Set(wanted.map(\.record.service)),
        because: "its restart policy wants it"
      ) { wanted.contains($0) }
    }
  }

  /// Stops the containers of a project so that `resume` starts them again.
  package func suspend(_ selection: ProjectSelection) throws(EngineError) {
    var verb = LifecycleVerb(self, selection, [])
    verb.options.stoppedState = .suspended
    _ = try verb.run { (observed, services) in
      LifecyclePlanner.stop(
        observed.containers, services: services, because: "the machine goes down")
    }
  }

  private func isWantedAgain(_ container: ObservedContainer) -> Bool {
    guard !container.isActive, container.status != .removing else { return false }
    let ranBefore = DesiredState.read(layout.container(container.record.id)) != .stopped
    return switch container.record.restart.policy {
    case .no: false
    // A container that was never started stays as it is.
    case .always: ranBefore || container.status != .created
    case .unlessStopped: ranBefore
    case .onFailure: ranBefore && container.exitCode != 0
    }
  }
}
