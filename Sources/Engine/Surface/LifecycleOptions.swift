import Model

/// When `up` and `create` replace a container that is there.
public enum RecreateRule: Sendable, Hashable {
  /// When its configuration or its image changed.
  case whenChanged
  /// Always.
  case always
  /// Never.
  case never
}

/// When images are built before containers are made.
public enum BuildRule: Sendable, Hashable {
  /// When the image is missing, or the service's pull policy says so.
  case whenMissing
  /// Always, for services that can be built.
  case always
  /// Never; a missing image is an error.
  case never
}

/// When images are pulled; nil where it is used means that the service's policy decides.
public enum PullRule: String, Sendable, Hashable, CaseIterable {
  case always
  case missing
  case never
  case build
}

/// What `create` and `up` do about images and existing containers.
public struct CreateOptions: Sendable {
  /// The services to work on, with their dependencies; empty means all.
  public var services: [String] = []
  /// True to leave out the dependencies of `services`.
  public var noDependencies = false
  /// When existing containers are replaced.
  public var recreate = RecreateRule.whenChanged
  /// The same for containers of services that were only pulled in as dependencies.
  public var alwaysRecreateDependencies = false
  /// True to give anonymous volumes new content instead of what the old container had.
  public var renewAnonymousVolumes = false
  /// True to remove containers of services that the files do not name.
  public var removeOrphans = false
  /// True to say nothing about such containers.
  public var ignoreOrphans = false
  /// The number of containers by service, over what the files say.
  public var scale: [String: Int] = [:]
  /// When images are built.
  public var build = BuildRule.whenMissing
  /// When images are pulled.
  public var pull: PullRule?
  /// True to say nothing of single layers while pulling.
  public var quietPull = false
  /// How long a replaced container may take to stop; nil means as its service says.
  public var stopTimeout: Duration?
  /// True to answer every question with yes.
  public var assumeYes = false

  /// Makes options without a wish.
  public init() {}
}

/// What `up` does besides creating.
public struct UpOptions: Sendable {
  /// How containers are made.
  public var create = CreateOptions()
  /// False to leave the containers created but not started.
  public var start = true
  /// True to wait until everything runs, and is healthy where it can be.
  public var wait = false
  /// How long `wait`, and the waits for dependencies, may take together.
  public var waitTimeout: Duration?

  /// Makes options without a wish.
  public init() {}
}

/// What an attached `up` shows, and when it ends.
public struct AttachOptions: Sendable {
  /// When the end of one container ends everything.
  public enum StopRule: Sendable, Hashable {
    /// Never: it ends with the last container.
    case never
    /// When any container ends.
    case anyExit
    /// When any container ends with a code other than 0.
    case anyFailure
  }

  /// The services whose logs are shown; nil means those that were named, else all.
  public var services: [String]?
  /// Services whose logs are not shown.
  public var excluded: [String] = []
  /// True to show the logs of dependencies too.
  public var includeDependencies = false
  /// When the end of one container ends everything.
  public var stop = StopRule.never
  /// The service whose exit code is the command's.
  public var exitCodeFrom: String?

  /// Makes options that show everything.
  public init() {}
}

/// Is told what an attached `up` has to show. Called from one thread at a time.
public protocol AttachObserver: Sendable {
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
public enum ContainerNotice: Sendable, Hashable {
  /// It ended, and will not be started again.
  case exited(code: Int32)
  /// It ended, and its restart policy starts it again.
  case restarting(code: Int32)
  /// Another container has taken its place.
  case recreated
}

/// What `down` removes.
public struct DownOptions: Sendable {
  /// Which images are removed.
  public enum Images: String, Sendable, Hashable {
    /// Every image of the services.
    case all
    /// Those that were built without a name of their own.
    case local
  }

  /// The services to remove; empty means everything.
  public var services: [String] = []
  /// True to remove containers of services that the files do not name.
  public var removeOrphans = false
  /// True to remove named and anonymous volumes.
  public var volumes = false
  /// The images to remove; nil means none.
  public var images: Images?
  /// How long a container may take to stop; nil means as its service says.
  public var timeout: Duration?

  /// Makes options without a wish.
  public init() {}
}

/// What `rm` removes.
public struct RemoveOptions: Sendable {
  /// The services; empty means all.
  public var services: [String] = []
  /// True to stop running containers first.
  public var stop = false
  /// True to remove anonymous volumes with them.
  public var volumes = false

  /// Makes options without a wish.
  public init() {}
}

/// What `kill` does.
public struct KillOptions: Sendable {
  /// The services; empty means all.
  public var services: [String] = []
  /// The signal's number.
  public var signal: Int32 = 9
  /// True to remove containers of services that the files do not name.
  public var removeOrphans = false

  /// Makes options that kill.
  public init() {}
}
