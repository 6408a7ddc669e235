import Compose
import Model
import Planning

/// What `exec` runs.
package struct ExecOptions: Sendable {
  /// The service.
  package var service: String
  /// The number of the container; nil takes the lowest one that runs.
  package var index: Int?
  /// The program with its arguments.
  package var command: [String]
  /// Variables besides the container's.
  package var environment: [(key: String, value: String)] = []
  /// `user[:group]`; nil means the container's.
  package var user: String?
  /// The working directory; nil means the container's.
  package var workingDirectory: String?
  /// True to run with all rights.
  package var privileged = false
  /// True to give it a terminal.
  package var terminal = false
  /// True to pass standard input on.
  package var interactive = true
  /// True to return at once.
  package var detach = false

  /// Makes options that run `command` as the container's user.
  package init(service: String, command: [String]) {
    self.service = service
    self.command = command
  }
}

/// What `run` runs, and what is different from the service.
package struct RunOptions: Sendable {
  /// The service.
  package var service: String
  /// The arguments; nil takes the service's.
  package var command: [String]?
  /// What is executed instead of the entry point; nil takes the service's.
  package var entrypoint: [String]?
  /// Variables over the service's; nil values take the caller's environment.
  package var environment: [(key: String, value: String?)] = []
  /// Labels over the service's.
  package var labels: [(key: String, value: String)] = []
  /// The container's name; nil makes one.
  package var name: String?
  /// `user[:group]`; nil means the service's.
  package var user: String?
  /// The working directory; nil means the service's.
  package var workingDirectory: String?
  /// Mounts over the service's.
  package var mounts: [Mount] = []
  /// Ports to publish.
  package var publish: [PortMapping] = []
  /// True to publish the service's ports.
  package var servicePorts = false
  /// True to be found under the service's name on its networks.
  package var useAliases = false
  /// Capabilities to add.
  package var addedCapabilities: [String] = []
  /// Capabilities to take away.
  package var droppedCapabilities: [String] = []
  /// True to remove the container when it ends.
  package var remove = false
  /// True to return at once.
  package var detach = false
  /// True to give it a terminal.
  package var terminal = false
  /// True to pass standard input on.
  package var interactive = true
  /// True to leave out the dependencies.
  package var noDependencies = false
  /// True to remove containers of services that the files do not name.
  package var removeOrphans = false
  /// When the image is built.
  package var build = BuildRule.whenMissing
  /// When the image is pulled.
  package var pull: PullRule?
  /// True to say nothing of single layers while pulling.
  package var quietPull = false

  /// Makes options that run the service's own command.
  package init(service: String) { self.service = service }
}

/// What `run` made.
package struct RunResult: Sendable, Hashable {
  /// The container's id.
  package var id: ObjectID
  /// The container's name.
  package var name: String
  /// The exit code; nil when the container runs in the background.
  package var exitCode: Int32?
}

/// What `build` builds.
package struct BuildOptions: Sendable {
  /// The services; empty means all that can be built.
  package var services: [String] = []
  /// Values of ARG instructions over the file's.
  package var arguments: [(key: String, value: String?)] = []
  /// True to take nothing from the cache.
  package var noCache = false
  /// True to look for newer base images.
  package var pull = false
  /// True to say nothing but errors.
  package var quiet = false
  /// True to build the dependencies of the services too.
  package var withDependencies = false
  /// SSH agents besides those of the file: `default` or `ID=SOCKET`.
  package var ssh: [String] = []

  /// Makes options that build everything.
  package init() {}
}
