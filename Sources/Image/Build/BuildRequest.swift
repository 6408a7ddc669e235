import Linux
import Model

/// What to build.
package struct BuildRequest: Sendable {
  /// Where the Dockerfile is.
  package enum DockerfileSource: Sendable {
    /// A path, relative to the context.
    case file(String)
    /// The text itself, such as `dockerfile_inline`, and its name in messages.
    case text(String, name: String)
  }

  /// A further place that `FROM` and `--from` can name.
  package enum NamedContext: Sendable {
    /// A directory.
    case directory(String)
    /// An image by name or id.
    case image(String)
    /// A repository or an archive elsewhere, by its address.
    case remote(String)
  }

  /// Where a secret comes from.
  package enum Secret: Sendable {
    /// A file.
    case file(String)
    /// The value itself.
    case value(String)
  }

  /// The directory that COPY and ADD read from, the address of a git repository or an archive, or
  /// `standardInput`.
  package var context: String
  /// Where containers may write: no link below leads a path of this request out.
  package var shared = SharedDirectories.none
  /// True when the context was fetched from elsewhere, and lies where nothing stays.
  var isFetched = false
  /// The Dockerfile.
  package var dockerfile: DockerfileSource
  /// The stage to build; nil means the last one.
  package var target: String?
  /// Values of ARG instructions.
  package var arguments: [String: String] = [:]
  /// Labels that the image gets besides those of the Dockerfile.
  package var labels: [String: String] = [:]
  /// The names of the image.
  package var tags: [Reference] = []
  /// Further contexts by name.
  package var contexts: [String: NamedContext] = [:]
  /// Secrets by id.
  package var secrets: [String: Secret] = [:]
  /// Sockets of SSH agents by id.
  package var ssh: [String: String] = [:]
  /// How RUN is surrounded.
  package var environment = BuildEnvironment()
  /// Takes nothing from the cache.
  package var noCache = false
  /// Stages that take nothing from the cache.
  package var noCacheStages: Set<String> = []
  /// The platform; nil for this machine's.
  package var platform: Platform?
  /// The socket of the user's SSH agent, which git asks for keys when the build was given none.
  package var userAgent: String?
  /// Seconds since 1970 that no time in the image is later than, from `SOURCE_DATE_EPOCH`.
  package var sourceDateEpoch: Int64?

  /// Makes a request.
  package init(context: String, dockerfile: DockerfileSource = .file("Dockerfile")) {
    self.context = context
    self.dockerfile = dockerfile
  }

  /// The context that is read from standard input: a tar, or a Dockerfile alone.
  package static let standardInput = "-"

  /// True when a context is not a directory of this machine but an address, or standard input.
  package static func isRemote(_ context: String) -> Bool {
    context == standardInput || context.hasPrefix("github.com/") || RemoteSource.isRemote(context)
  }

  /// Gives the build an SSH agent: `default`, which `SSH_AUTH_SOCK` names, or `ID=SOCKET`.
  package mutating func addAgent(
    _ text: String, environment: [String: String]
  ) throws(Diagnostic) {
    let parts = text.parts("=", maxSplits: 1, omittingEmpty: false)
    let id = parts[0].isEmpty ? "default" : parts[0]
    let socket = parts.count > 1 && !parts[1].isEmpty ? parts[1] : environment["SSH_AUTH_SOCK"]
    guard let socket, !socket.isEmpty else {
      throw Diagnostic(
        .error, "no SSH agent is running: SSH_AUTH_SOCK is not set",
        hint: "start one with: eval $(ssh-agent) && ssh-add")
    }
    guard let status = try? Files.status(socket), status.kind == .socket else {
      throw Diagnostic(
        .error, "'\(socket)' is not a socket of an SSH agent",
        hint: "keys themselves are not passed on: give one to an agent with ssh-add")
    }
    ssh[id] = socket
  }

  /// The socket of the agent that git asks for keys.
  var agent: String? { ssh["default"] ?? userAgent }

  /// The argument `SOURCE_DATE_EPOCH` wins over the variable of that name.
  mutating func takeEpochFromArguments() throws(Diagnostic) {
    guard let text = arguments["SOURCE_DATE_EPOCH"], !text.isEmpty else { return }
    guard let seconds = Int64(text) else {
      throw Diagnostic(.error, "SOURCE_DATE_EPOCH=\(text): expected seconds since 1970")
    }
    sourceDateEpoch = seconds
  }
}

/// What surrounds the commands of RUN.
package struct BuildEnvironment: Sendable, Hashable {
  /// A resource limit.
  package struct Limit: Sendable, Hashable {
    /// The name, such as `nofile`.
    package var name: String
    /// The soft limit; -1 for none.
    package var soft: Int64
    /// The hard limit; -1 for none.
    package var hard: Int64
    /// Makes a limit.
    package init(name: String, soft: Int64, hard: Int64) {
      self.name = name
      self.soft = soft
      self.hard = hard
    }
  }

  /// A line of /etc/hosts.
  package struct Host: Sendable, Hashable {
    /// The name.
    package var name: String
    /// The address.
    package var address: String
    /// Makes a line.
    package init(name: String, address: String) {
      self.name = name
      self.address = address
    }
  }

  /// The network: nil for the default one, `host`, `none` or a name.
  package var network: String?
  /// Lines of /etc/hosts.
  package var extraHosts: [Host] = []
  /// The size of /dev/shm in bytes.
  package var shmSize: Int64?
  /// Resource limits.
  package var limits: [Limit] = []
  /// True when commands may have all rights.
  package var privileged = false
  /// True when commands may be on the host's network although the build is not.
  package var allowsHostNetwork = false

  /// Makes the default surroundings.
  package init() {}

  /// Allows commands what an entitlement says; false when there is no such one.
  /// Source: BuildKit, `util/entitlements`.
  package mutating func allow(_ entitlement: String) -> Bool {
    switch entitlement {
    case "network.host": allowsHostNetwork = true
    case "security.insecure": privileged = true
    default: return false
    }
    return true
  }
}

/// One command that a build runs, for those who know how to run containers.
package struct BuildRunStep: Sendable {
  /// The layers below, the top one first; empty for `FROM scratch`.
  package var lowerDirectories: [String]
  /// The directory that gets what the command writes.
  package var upperDirectory: String
  /// The directory that overlayfs works in.
  package var workDirectory: String
  /// The command and its arguments.
  package var arguments: [String]
  /// The environment.
  package var variables: [ImageConfiguration.Variable]
  /// The working directory.
  package var directory: String
  /// `user[:group]` by name or number; empty means root.
  package var user: String
  /// What else is mounted, in order.
  package var mounts: [BuildMount]
  /// Network, hosts and limits.
  package var environment: BuildEnvironment
  /// Ends the build early. A runner that starts a process registers how to end it.
  package var cancellation: BuildCancellation
}

/// Something mounted for one RUN.
package struct BuildMount: Sendable, Hashable {
  /// What is mounted.
  package enum Source: Sendable, Hashable {
    /// A directory or file of this machine. Nothing but this build uses it, unless it is a cache.
    case directory(String)
    /// A path within the merged view of layers, the top one first. What is written is dropped.
    case layers([String], path: String)
    /// An empty file system in memory; nil for no limit in bytes.
    case memory(size: Int64?)
    /// A copy of a file: a secret or a script.
    case file(String, user: UInt32, group: UInt32, mode: UInt32)
    /// The socket of an SSH agent.
    case socket(String, user: UInt32, group: UInt32, mode: UInt32)
  }

  /// What is mounted.
  package var source: Source
  /// Where, an absolute path.
  package var target: String
  /// True when it cannot be written to.
  package var isReadOnly: Bool
}

/// Runs the commands of a build.
package protocol BuildStepRunner: Sendable {
  /// Runs one command to its end in a container of its own and returns its exit status, 128+n
  /// when a signal ended it. Both output streams go to `output` as they come.
  ///
  /// Nothing of the container may be left when this returns or throws, also after a
  /// cancellation: no process, mount, namespace or cgroup.
  func run(
    _ step: BuildRunStep, output: @escaping @Sendable ([UInt8]) -> Void
  ) throws(Diagnostic) -> Int32
  /// What outside of a command that failed may have kept it from reaching other networks.
  func obstacles(to step: BuildRunStep) -> [Diagnostic]
}

extension BuildStepRunner {
  /// Knows of nothing.
  package func obstacles(to step: BuildRunStep) -> [Diagnostic] { [] }
}

/// Is told how a build goes on. Called from several threads.
package protocol BuildProgress: Sendable {
  /// Something happened.
  func report(_ event: BuildEvent)
}

/// One step of a build, as progress shows it.
package struct BuildStep: Sendable, Hashable {
  /// Counts all steps from 1.
  package var number: Int
  /// Such as `[builder 2/5] RUN make`.
  package var title: String
  /// The instruction's place.
  package var location: SourceLocation
}

/// What happens in a build.
package enum BuildEvent: Sendable {
  /// A step begins.
  case started(BuildStep)
  /// A step wrote a line; it ends without a newline.
  case output(BuildStep, String)
  /// A step was taken from the cache.
  case cached(BuildStep)
  /// A step is run because it is not in the cache; the text says why.
  case notCached(BuildStep, reason: String)
  /// A step is done; the time is in nanoseconds.
  case finished(BuildStep, nanoseconds: UInt64)
  /// A step failed; the text says why.
  case failed(BuildStep, reason: String)
  /// Something in the Dockerfile is probably a mistake.
  case warning(Diagnostic)
}
