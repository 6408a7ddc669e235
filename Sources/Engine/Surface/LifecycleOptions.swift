import Model
import Planning
import State

/// What `up` does besides creating.
package struct UpOptions: Sendable {
  /// How containers are made.
  package var create = CreateOptions()
  /// False to leave the containers created but not started.
  package var start = true
  /// True to wait until everything runs, and is healthy where it can be.
  package var wait = false
  /// How long `wait`, and the waits for dependencies, may take together.
  package var waitTimeout: Duration?

  /// Makes options without a wish.
  package init() {}
}

/// What an attached `up` shows, and when it ends.
package struct AttachOptions: Sendable {
  /// When the end of one container ends everything.
  package enum StopRule: Sendable, Hashable {
    /// Never: it ends with the last container.
    case never
    /// When any container ends.
    case anyExit
    /// When any container ends with a code other than 0.
    case anyFailure
  }

  /// The services whose logs are shown; nil means those that were named, else all.
  package var services: [String]?
  /// Services whose logs are not shown.
  package var excluded: [String] = []
  /// True to show the logs of dependencies too.
  package var includeDependencies = false
  /// When the end of one container ends everything.
  package var stop = StopRule.never
  /// The service whose exit code is the command's.
  package var exitCodeFrom: String?
  /// What watches files meanwhile; nil when nothing does.
  package var watch: WatchSwitch?
  /// True to switch it on from the beginning.
  package var watches = false
  /// Ends the command once it is interrupted, and leaves the containers running.
  package var detach: Interruption?

  /// Makes options that show everything.
  package init() {}
}

/// Is told what an attached `up` has to show. Called from one thread at a time.
package protocol AttachObserver: Sendable {
  /// The containers whose logs will be shown, before the first line.
  func attaching(to sources: [LogSource])
  /// Lines of the logs.
  func lines(_ lines: [LogLine])
  /// Something happened to a container whose logs are shown.
  func notice(_ notice: ContainerNotice, of source: LogSource)
  /// Everything is being stopped; `hard` when the user asked twice.
  func stopping(hard: Bool)
}

/// What an attached `up` says of a container besides its lines.
package enum ContainerNotice: Sendable, Hashable {
  /// It ended, and will not be started again.
  case exited(code: Int32)
  /// It ended, and its restart policy starts it again.
  case restarting(code: Int32)
  /// Another container has taken its place.
  case recreated
}

/// What `rm` removes.
package struct RemoveOptions: Sendable {
  /// The services; empty means all.
  package var services: [String] = []
  /// True to stop running containers first.
  package var stop = false
  /// True to remove anonymous volumes with them.
  package var volumes = false

  /// Makes options without a wish.
  package init() {}
}

/// What `kill` does.
package struct KillOptions: Sendable {
  /// The services; empty means all.
  package var services: [String] = []
  /// The signal's number.
  package var signal: Int32 = 9
  /// True to remove containers of services that the files do not name.
  package var removeOrphans = false

  /// Makes options that kill.
  package init() {}
}
