import Compose
import Model

/// What `exec` runs.
public struct ExecOptions: Sendable {
  /// The service.
  public var service: String
  /// The number of the container; nil takes the lowest one that runs.
  public var index: Int?
  /// The program with its arguments.
  public var command: [String]
  /// Variables besides the container's.
  public var environment: [(key: String, value: String)] = []
  /// `user[:group]`; nil means the container's.
  public var user: String?
  /// The working directory; nil means the container's.
  public var workingDirectory: String?
  /// True to run with all rights.
  public var privileged = false
  /// True to give it a terminal.
  public var terminal = false
  /// True to pass standard input on.
  public var interactive = true
  /// True to return at once.
  public var detach = false

  /// Makes options that run `command` as the container's user.
  public init(service: String, command: [String]) {
    self.service = service
    self.command = command
  }
}

/// What `run` runs, and what is different from the service.
public struct RunOptions: Sendable {
  /// The service.
  public var service: String
  /// The arguments; nil takes the service's.
  public var command: [String]?
  /// What is executed instead of the entry point; nil takes the service's.
  public var entrypoint: [String]?
  /// Variables over the service's; nil values take the caller's environment.
  public var environment: [(key: String, value: String?)] = []
  /// Labels over the service's.
  public var labels: [(key: String, value: String)] = []
  /// The container's name; nil makes one.
  public var name: String?
  /// `user[:group]`; nil means the service's.
  public var user: String?
  /// The working directory; nil means the service's.
  public var workingDirectory: String?
  /// Mounts over the service's.
  public var mounts: [Mount] = []
  /// Ports to publish.
  public var publish: [PortMapping] = []
  /// True to publish the service's ports.
  public var servicePorts = false
  /// True to be found under the service's name on its networks.
  public var useAliases = false
  /// Capabilities to add.
  public var addedCapabilities: [String] = []
  /// Capabilities to take away.
  public var droppedCapabilities: [String] = []
  /// True to remove the container when it ends.
  public var remove = false
  /// True to return at once.
  public var detach = false
  /// True to give it a terminal.
  public var terminal = false
  /// True to pass standard input on.
  public var interactive = true
  /// True to leave out the dependencies.
  public var noDependencies = false
  /// True to remove containers of services that the files do not name.
  public var removeOrphans = false
  /// When the image is built.
  public var build = BuildRule.whenMissing
  /// When the image is pulled.
  public var pull: PullRule?
  /// True to say nothing of single layers while pulling.
  public var quietPull = false

  /// Makes options that run the service's own command.
  public init(service: String) { self.service = service }
}

/// What `run` made.
public struct RunResult: Sendable, Hashable {
  /// The container's id.
  public var id: ObjectID
  /// The container's name.
  public var name: String
  /// The exit code; nil when the container runs in the background.
  public var exitCode: Int32?
}

/// What `build` builds.
public struct BuildOptions: Sendable {
  /// The services; empty means all that can be built.
  public var services: [String] = []
  /// Values of ARG instructions over the file's.
  public var arguments: [(key: String, value: String?)] = []
  /// True to take nothing from the cache.
  public var noCache = false
  /// True to look for newer base images.
  public var pull = false
  /// True to say nothing but errors.
  public var quiet = false
  /// True to build the dependencies of the services too.
  public var withDependencies = false

  /// Makes options that build everything.
  public init() {}
}
