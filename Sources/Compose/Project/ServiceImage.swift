import Model

/// When `up` pulls or builds the image of a service.
package enum PullPolicy: Sendable, Hashable {
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
package struct Platform: Sendable, Hashable {
  /// The operating system.
  package var os: String
  /// The architecture in Go's words, such as `amd64`.
  package var architecture: String?
  /// The variant, such as `v7`.
  package var variant: String?

  /// Reads the form of the Compose file; nil for an empty or longer one.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard (1...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    os = parts[0]
    architecture = parts.count > 1 ? parts[1] : nil
    variant = parts.count > 2 ? parts[2] : nil
  }

  /// The form of the Compose file.
  package var description: String {
    [os, architecture, variant].compactMap(\.self).joined(separator: "/")
  }
}

/// A program outside the engine that provides a service.
package struct Provider: Sendable, Hashable {
  /// The program: a name in PATH or one of Docker's plugins.
  package var type: String
  /// Its options; each may be given more than once.
  package var options: OrderedMap<[String]>

  /// Makes a provider.
  package init(type: String, options: OrderedMap<[String]> = [:]) {
    self.type = type
    self.options = options
  }
}

/// How an image is built.
package struct BuildConfig: Sendable, Hashable {
  /// The directory or git URL that holds the files.
  package var context: String
  /// The Dockerfile, relative to the context; it does not count when `inlineDockerfile` is set.
  package var dockerfile: String
  /// A Dockerfile written in the Compose file.
  package var inlineDockerfile: String?
  /// Values of ARG instructions; nil means that the builder uses the Dockerfile's default.
  package var arguments: OrderedMap<String?>
  /// Further contexts by name: a path, `docker-image://…`, a URL or `service:…`.
  package var additionalContexts: OrderedMap<String>
  /// The stage to build; nil means the last one.
  package var target: String?
  /// Labels of the image.
  package var labels: OrderedMap<String>
  /// Further names of the image.
  package var tags: [String]
  /// The network of RUN instructions: `host`, `none` or a name; nil means the default one.
  package var network: String?
  /// Lines of /etc/hosts during RUN.
  package var extraHosts: [ExtraHost]
  /// The size of /dev/shm during RUN.
  package var shmSize: Int64?
  /// Resource limits during RUN.
  package var ulimits: [Ulimit]
  /// Secrets that RUN may mount.
  package var secrets: [FileReference]
  /// Platforms to build for.
  package var platforms: [String]
  /// Images to take cached layers from.
  package var cacheFrom: [String]
  /// Where the cache is stored.
  package var cacheTo: [String]
  /// SSH agent sockets or keys: `default` or `id=path`.
  package var ssh: [String]
  /// Rights that the build asks for.
  package var entitlements: [String]
  /// Stages that are always built anew.
  package var noCacheFilter: [String]
  /// True when nothing is taken from the cache.
  package var noCache: Bool
  /// True when newer base images are looked for.
  package var pull: Bool
  /// True when RUN has all rights.
  package var privileged: Bool
  /// Build options that have no effect here, as written: isolation, provenance, sbom.
  package var ignored: OrderedMap<String>

  /// Makes a build of a directory with `Dockerfile` in it.
  package init(context: String, dockerfile: String = "Dockerfile") {
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
package struct LanguageModel: Sendable, Hashable {
  /// The key of the file.
  package var key: String
  /// The full name.
  package var name: String
  /// The artifact.
  package var model: String
  /// The size of the context in tokens.
  package var contextSize: Int?
  /// Arguments for the runner.
  package var runtimeFlags: [String]

  /// Makes a model.
  package init(
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
package struct ModelReference: Sendable, Hashable {
  /// The key of the model.
  package var model: String
  /// The variable that gets the runner's URL; `<KEY>_URL` when not given.
  package var endpointVariable: String
  /// The variable that gets the model's name; `<KEY>` when not given.
  package var modelVariable: String

  /// Makes a reference.
  package init(model: String, endpointVariable: String, modelVariable: String) {
    self.model = model
    self.endpointVariable = endpointVariable
    self.modelVariable = modelVariable
  }
}
