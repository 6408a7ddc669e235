import Glibc
import Linux
import Model

/// What to build.
public struct BuildRequest: Sendable {
  /// Where the Dockerfile is.
  public enum DockerfileSource: Sendable {
    /// A path, relative to the context.
    case file(String)
    /// The text itself, such as `dockerfile_inline`, and its name in messages.
    case text(String, name: String)
  }

  /// A further place that `FROM` and `--from` can name.
  public enum NamedContext: Sendable {
    /// A directory.
    case directory(String)
    /// An image by name or id.
    case image(String)
    /// A repository or an archive elsewhere, by its address.
    case remote(String)
  }

  /// Where a secret comes from.
  public enum Secret: Sendable {
    /// A file.
    case file(String)
    /// The value itself.
    case value(String)
  }

  /// The directory that COPY and ADD read from, the address of a git repository or an archive, or
  /// `standardInput`.
  public var context: String
  /// True when the context was fetched from elsewhere, and lies where nothing stays.
  var isFetched = false
  /// The Dockerfile.
  public var dockerfile: DockerfileSource
  /// The stage to build; nil means the last one.
  public var target: String?
  /// Values of ARG instructions.
  public var arguments: [String: String] = [:]
  /// Labels that the image gets besides those of the Dockerfile.
  public var labels: [String: String] = [:]
  /// The names of the image.
  public var tags: [Reference] = []
  /// Further contexts by name.
  public var contexts: [String: NamedContext] = [:]
  /// Secrets by id.
  public var secrets: [String: Secret] = [:]
  /// Sockets of SSH agents by id.
  public var ssh: [String: String] = [:]
  /// How RUN is surrounded.
  public var environment = BuildEnvironment()
  /// Takes nothing from the cache.
  public var noCache = false
  /// Stages that take nothing from the cache.
  public var noCacheStages: Set<String> = []
  /// The platform; nil for this machine's.
  public var platform: Platform?
  /// Seconds since 1970 that no time in the image is later than, from `SOURCE_DATE_EPOCH`.
  public var sourceDateEpoch: Int64?

  /// Makes a request.
  public init(context: String, dockerfile: DockerfileSource = .file("Dockerfile")) {
    self.context = context
    self.dockerfile = dockerfile
  }

  /// The context that is read from standard input: a tar, or a Dockerfile alone.
  public static let standardInput = "-"

  /// True when a context is no directory of this machine but an address, or standard input.
  public static func isRemote(_ context: String) -> Bool {
    context == standardInput || context.hasPrefix("github.com/") || RemoteSource.isRemote(context)
  }

  /// Gives the build an SSH agent: `default`, which `SSH_AUTH_SOCK` names, or `ID=SOCKET`.
  public mutating func addAgent(
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
        .error, "'\(socket)' is no socket of an SSH agent",
        hint: "keys themselves are not passed on: give one to an agent with ssh-add")
    }
    ssh[id] = socket
  }

  /// The socket of the agent that git asks for keys.
  var agent: String? { ssh["default"] ?? getenv("SSH_AUTH_SOCK").map { String(cString: $0) } }

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
public struct BuildEnvironment: Sendable, Hashable {
  /// A resource limit.
  public struct Limit: Sendable, Hashable {
    /// The name, such as `nofile`.
    public var name: String
    /// The soft limit; -1 for none.
    public var soft: Int64
    /// The hard limit; -1 for none.
    public var hard: Int64
    /// Makes a limit.
    public init(name: String, soft: Int64, hard: Int64) {
      self.name = name
      self.soft = soft
      self.hard = hard
    }
  }

  /// A line of /etc/hosts.
  public struct Host: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The address.
    public var address: String
    /// Makes a line.
    public init(name: String, address: String) {
      self.name = name
      self.address = address
    }
  }

  /// The network: nil for the default one, `host`, `none` or a name.
  public var network: String?
  /// Lines of /etc/hosts.
  public var extraHosts: [Host] = []
  /// The size of /dev/shm in bytes.
  public var shmSize: Int64?
  /// Resource limits.
  public var limits: [Limit] = []
  /// True when commands have all rights.
  public var privileged = false

  /// Makes the default surroundings.
  public init() {}
}

/// One command that a build runs, for those who know how to run containers.
public struct BuildRunStep: Sendable {
  /// The layers below, the top one first; empty for `FROM scratch`.
  public var lowerDirectories: [String]
  /// The directory that gets what the command writes.
  public var upperDirectory: String
  /// The directory that overlayfs works in.
  public var workDirectory: String
  /// The command and its arguments.
  public var arguments: [String]
  /// The environment.
  public var variables: [ImageConfiguration.Variable]
  /// The working directory.
  public var directory: String
  /// `user[:group]` by name or number; empty means root.
  public var user: String
  /// What else is mounted, in order.
  public var mounts: [BuildMount]
  /// Network, hosts and limits.
  public var environment: BuildEnvironment
  /// Ends the build early. A runner that starts a process registers how to end it.
  public var cancellation: BuildCancellation
}

/// Something mounted for one RUN.
public struct BuildMount: Sendable, Hashable {
  /// What is mounted.
  public enum Source: Sendable, Hashable {
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
  public var source: Source
  /// Where, an absolute path.
  public var target: String
  /// True when it cannot be written to.
  public var isReadOnly: Bool
}

/// Runs the commands of a build.
public protocol BuildStepRunner: Sendable {
  /// Runs one command to its end in a container of its own and returns its exit status, 128+n
  /// when a signal ended it. Both output streams go to `output` as they come.
  ///
  /// Nothing of the container may be left when this returns or throws, also after a
  /// cancellation: no process, mount, namespace or cgroup.
  func run(
    _ step: BuildRunStep, output: @escaping @Sendable ([UInt8]) -> Void
  ) throws(Diagnostic) -> Int32
}

/// Is told how a build goes on. Called from several threads.
public protocol BuildProgress: Sendable {
  /// Something happened.
  func report(_ event: BuildEvent)
}

/// One step of a build, as progress shows it.
public struct BuildStep: Sendable, Hashable {
  /// Counts all steps from 1.
  public var number: Int
  /// Such as `[builder 2/5] RUN make`.
  public var title: String
  /// The instruction's place.
  public var location: SourceLocation
}

/// What happens in a build.
public enum BuildEvent: Sendable {
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
  /// A step failed.
  case failed(BuildStep)
  /// Something in the Dockerfile is probably a mistake.
  case warning(Diagnostic)
}
