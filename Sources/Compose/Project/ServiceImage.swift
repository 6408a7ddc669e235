/// When `up` pulls or builds the image of a service.
public enum PullPolicy: Sendable, Hashable {
  /// Not given: a missing image is built if there is a `build`, else pulled.
  case automatic
  /// Pulled when it is not there (`missing`, `if_not_present`).
  case missing
  case always
  case never
  /// Built each time, even when it is there.
  case build
  /// Pulled when it is missing or older than this (`daily`, `weekly`, `every_…`).
  case olderThan(Duration)
  /// Pulled when it is missing or older than `pull_refresh_after`.
  case refresh(after: Duration?)
}

/// A platform: `os[/architecture[/variant]]`.
public struct Platform: Sendable, Hashable {
  /// The operating system.
  public var os: String
  /// The architecture in Go's words, such as `amd64`.
  public var architecture: String?
  /// The variant, such as `v7`.
  public var variant: String?

  /// Reads the form of the Compose file; nil for an empty or longer one.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard (1...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    os = parts[0]
    architecture = parts.count > 1 ? parts[1] : nil
    variant = parts.count > 2 ? parts[2] : nil
  }

  /// The form of the Compose file.
  public var description: String {
    [os, architecture, variant].compactMap(\.self).joined(separator: "/")
  }
}

/// A program outside the engine that provides a service.
public struct Provider: Sendable, Hashable {
  /// The program: a name in PATH or one of Docker's plugins.
  public var type: String
  /// Its options; each may be given more than once.
  public var options: OrderedMap<[String]>

  /// Makes a provider.
  public init(type: String, options: OrderedMap<[String]> = [:]) {
    self.type = type
    self.options = options
  }
}

/// How an image is built.
public struct BuildConfig: Sendable, Hashable {
  /// The directory or git URL that holds the files.
  public var context: String
  /// The Dockerfile, relative to the context; it does not count when `inlineDockerfile` is set.
  public var dockerfile: String
  /// A Dockerfile written in the Compose file.
  public var inlineDockerfile: String?
  /// Values of ARG instructions; nil means that the builder uses the Dockerfile's default.
  public var arguments: OrderedMap<String?>
  /// Further contexts by name: a path, `docker-image://…`, a URL or `service:…`.
  public var additionalContexts: OrderedMap<String>
  /// The stage to build; nil means the last one.
  public var target: String?
  /// Labels of the image.
  public var labels: OrderedMap<String>
  /// Further names of the image.
  public var tags: [String]
  /// The network of RUN instructions: `host`, `none` or a name; nil means the default one.
  public var network: String?
  /// Lines of /etc/hosts during RUN.
  public var extraHosts: [ExtraHost]
  /// The size of /dev/shm during RUN.
  public var shmSize: Int64?
  /// Resource limits during RUN.
  public var ulimits: [Ulimit]
  /// Secrets that RUN may mount.
  public var secrets: [FileReference]
  /// Platforms to build for.
  public var platforms: [String]
  /// Images to take cached layers from.
  public var cacheFrom: [String]
  /// Where the cache is stored.
  public var cacheTo: [String]
  /// SSH agent sockets or keys: `default` or `id=path`.
  public var ssh: [String]
  /// Rights that the build asks for.
  public var entitlements: [String]
  /// Stages that are always built anew.
  public var noCacheFilter: [String]
  /// True when nothing is taken from the cache.
  public var noCache: Bool
  /// True when newer base images are looked for.
  public var pull: Bool
  /// True when RUN has all rights.
  public var privileged: Bool
  /// Build options that have no effect here, as written: isolation, provenance, sbom.
  public var ignored: OrderedMap<String>

  /// Makes a build of a directory with `Dockerfile` in it.
  public init(context: String, dockerfile: String = "Dockerfile") {
    self.context = context
    self.dockerfile = dockerfile
    inlineDockerfile = nil
    arguments = [:]
    additionalContexts = [:]
    target = nil
    labels = [:]
    tags = []
    network = nil
    extraHosts = []
    shmSize = nil
    ulimits = []
    secrets = []
    platforms = []
    cacheFrom = []
    cacheTo = []
    ssh = []
    entitlements = []
    noCacheFilter = []
    noCache = false
    pull = false
    privileged = false
    ignored = [:]
  }
}

/// A language model that a runner outside the project serves.
public struct LanguageModel: Sendable, Hashable {
  /// The key of the file.
  public var key: String
  /// The full name.
  public var name: String
  /// The artifact.
  public var model: String
  /// The size of the context in tokens.
  public var contextSize: Int?
  /// Arguments for the runner.
  public var runtimeFlags: [String]

  /// Makes a model.
  public init(
    key: String, name: String, model: String, contextSize: Int? = nil, runtimeFlags: [String] = []
  ) {
    self.key = key
    self.name = name
    self.model = model
    self.contextSize = contextSize
    self.runtimeFlags = runtimeFlags
  }
}

/// A service's use of a language model.
public struct ModelReference: Sendable, Hashable {
  /// The key of the model.
  public var model: String
  /// The variable that gets the runner's URL; `<KEY>_URL` when not given.
  public var endpointVariable: String
  /// The variable that gets the model's name; `<KEY>` when not given.
  public var modelVariable: String

  /// Makes a reference.
  public init(model: String, endpointVariable: String, modelVariable: String) {
    self.model = model
    self.endpointVariable = endpointVariable
    self.modelVariable = modelVariable
  }
}
