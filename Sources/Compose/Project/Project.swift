import Model

/// Which user namespace containers have (`x-roost: {userns: …}`).
package enum UserNamespaces: String, Sendable, Hashable, CaseIterable {
  /// One of their own, with ids of the host that nobody else has.
  case `private`
  /// One of their own, in which each id stands for itself.
  case identity
  /// The host's.
  case host
}

/// A Compose project after loading: merged, validated, normalised and resolved.
///
/// Nothing here is a guess about what the user left out: what the Compose specification gives a
/// default has it. An optional stands only where "not given" has a meaning of its own, mostly
/// "as the image says".
package struct Project: Sendable {
  /// The project's name, already normal: `[a-z0-9][a-z0-9_-]*`.
  package var name: String
  /// The directory that relative paths of the file started from; absolute.
  package var workingDirectory: String
  /// The Compose files in the order they were merged; absolute paths, `-` for standard input.
  package var composeFiles: [String]
  /// The env files that gave variables for interpolation; absolute paths.
  package var environmentFiles: [String]
  /// The environment of interpolation; secrets, configs and providers read from it too.
  package var environment: [String: String]
  /// Between the parts of a container's name: `-`, or `_` with `--compatibility`.
  package var separator: String
  /// The services that take part, in the order of the file.
  package var services: [Service]
  /// Services that the file has but that take no part: their profiles are not active, or others
  /// were named. They are not orphans.
  package var disabledServices: [String]
  /// Services that take no part, but whose `build` makes an image that one has that does.
  package var imageBuilders: [Service]
  /// The jobs; one that is to be run is among the services too.
  package var jobs: [Job]
  /// The profiles that are active.
  package var profiles: [String]
  /// The networks that the file has, `default` among them when a service uses it.
  package var networks: [Network]
  /// The named volumes.
  package var volumes: [Volume]
  /// True when networks and volumes are made as well that no service uses (`--all-resources`).
  package var keepsUnusedResources = false
  /// The secrets.
  package var secrets: [FileObject]
  /// The configs.
  package var configs: [FileObject]
  /// The language models that services ask for.
  package var models: [LanguageModel]
  /// Where containers of its services may write, of those too that take no part.
  package var sharedDirectories: SharedDirectories
  /// Which user namespaces its containers have where a service does not say it.
  package var userNamespaces: UserNamespaces

  /// Makes a project without services.
  package init(name: String, workingDirectory: String) {
    self.name = name
    self.workingDirectory = workingDirectory
    composeFiles = []
    environmentFiles = []
    environment = [:]
    separator = "-"
    services = []
    disabledServices = []
    imageBuilders = []
    jobs = []
    profiles = []
    networks = []
    volumes = []
    secrets = []
    configs = []
    models = []
    userNamespaces = .private
    sharedDirectories = .none
  }

  /// The service whose `build` makes the image of a service: itself, or another one of the file that
  /// gives what it builds the same name; nil for an image that comes from elsewhere.
  package func builder(of service: Service) -> Service? {
    if service.build != nil { return service }
    let name = ImageBuilders.comparable(service.image)
    return (services + imageBuilders).first {
      $0.build != nil && ImageBuilders.comparable($0.image) == name
    }
  }

  /// The same project where the builders of images take part as well.
  package var withImageBuilders: Project {
    var project = self
    project.services += imageBuilders
    project.imageBuilders = []
    return project
  }

  /// The active service of a name.
  package func service(_ name: String) -> Service? { services.first { $0.name == name } }
  /// The job of a name.
  package func job(_ name: String) -> Job? { jobs.first { $0.name == name } }
  /// The network of a key of the file.
  package func network(_ key: String) -> Network? { networks.first { $0.key == key } }
  /// The volume of a key of the file.
  package func volume(_ key: String) -> Volume? { volumes.first { $0.key == key } }
  /// The secret of a key of the file.
  package func secret(_ key: String) -> FileObject? { secrets.first { $0.key == key } }
  /// What a secret or config says that is made of a variable; nil when that is not set.
  package func value(of object: FileObject) -> String? {
    guard case .environment(let name) = object.content else { return nil }
    return object.includedValue ?? environment[name]
  }
  /// The config of a key of the file.
  package func config(_ key: String) -> FileObject? { configs.first { $0.key == key } }
}
