import Model
import State

/// When `up` and `create` replace a container that is there.
package enum RecreateRule: Sendable, Hashable {
  /// When its configuration or its image changed.
  case whenChanged
  /// Always.
  case always
  /// Never.
  case never
}

/// When images are built before containers are made.
package enum BuildRule: Sendable, Hashable {
  /// When the image is missing, or the service's pull policy says so.
  case whenMissing
  /// Always, for services that can be built.
  case always
  /// Never; a missing image is an error.
  case never
}

/// When images are pulled; nil where it is used means that the service's policy decides.
package enum PullRule: String, Sendable, Hashable, CaseIterable {
  case always
  case missing
  case never
  case build
}

/// What `create` and `up` do about images and existing containers.
package struct CreateOptions: Sendable {
  /// The services to work on, with their dependencies; empty means all.
  package var services: [String] = []
  /// True to leave out the dependencies of `services`.
  package var noDependencies = false
  /// When existing containers are replaced.
  package var recreate = RecreateRule.whenChanged
  /// The same for containers of services that were only pulled in as dependencies.
  package var alwaysRecreateDependencies = false
  /// True to give anonymous volumes new content instead of what the old container had.
  package var renewAnonymousVolumes = false
  /// True to remove containers of services that the files do not name.
  package var removeOrphans = false
  /// True to say nothing about such containers.
  package var ignoreOrphans = false
  /// The number of containers by service, over what the files say.
  package var scale: [String: Int] = [:]
  /// When images are built.
  package var build = BuildRule.whenMissing
  /// When images are pulled.
  package var pull: PullRule?
  /// True to say nothing of single layers while pulling.
  package var quietPull = false
  /// How long a replaced container may take to stop; nil means as its service says.
  package var stopTimeout: Duration?
  /// True to answer every question with yes.
  package var assumeYes = false

  /// Makes options without a wish.
  package init() {}
}

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

/// What `down` removes.
package struct DownOptions: Sendable {
  /// Which images are removed.
  package enum Images: String, Sendable, Hashable {
    /// Every image of the services.
    case all
    /// Those that were built without a name of their own.
    case local
  }

  /// The services to remove; empty means everything.
  package var services: [String] = []
  /// True to remove containers of services that the files do not name.
  package var removeOrphans = false
  /// True to remove named and anonymous volumes.
  package var volumes = false
  /// The images to remove; nil means none.
  package var images: Images?
  /// How long a container may take to stop; nil means as its service says.
  package var timeout: Duration?

  /// Makes options without a wish.
  package init() {}
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
