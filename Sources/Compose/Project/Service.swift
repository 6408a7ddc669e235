import Model

/// One service of a project: what each of its containers is made of and how it runs.
///
/// Source: Compose specification, 05-services.md, deploy.md, build.md and develop.md.
package struct Service: Sendable {
  // MARK: Identity

  /// The key of the file.
  package var name: String
  /// Where it and its keys stand in the file.
  package var source: SourceMap
  /// Its part of the canonical file: what is hashed to see whether containers are out of date.
  package var configuration: Configuration
  /// What makes it impossible to run, each with its place: mistakes that do not hinder `config`.
  package var problems: [Diagnostic]
  /// The profiles it belongs to; none means that it is always active.
  package var profiles: [String]
  /// The name that its only container gets instead of `<project>-<service>-<n>`.
  package var containerName: String?
  /// How many containers it has: `scale` or `deploy.replicas`.
  package var replicas: Int
  /// The labels of its containers, those of label files among them.
  package var labels: OrderedMap<String>
  /// Annotations of its containers; stored, of no effect.
  package var annotations: OrderedMap<String>

  // MARK: Image

  /// The image; `<project>-<service>` when only `build` is given.
  package var image: String
  /// True when the file names no image, so that `image` is the default name of a built one.
  package var hasDefaultImage: Bool
  /// How the image is built, if it can be.
  package var build: BuildConfig?
  /// When the image is pulled or built.
  package var pullPolicy: PullPolicy
  /// The platform, such as `linux/arm64`.
  package var platform: Platform?
  /// What makes this service instead of a container.
  package var provider: Provider?
  /// Variables, as `NAME=value`, that those told of which make the services it depends on.
  package var providedVariables: [String] = []

  // MARK: Process

  /// The arguments; nil takes the image's, empty takes none.
  package var command: [String]?
  /// What is executed; nil takes the image's. When set, the image's command does not apply.
  package var entrypoint: [String]?
  /// The environment, env files folded in. A nil value is not set and hides the image's.
  package var environment: OrderedMap<String?>
  /// `user[:group]` by name or number; nil takes the image's.
  package var user: String?
  /// Further groups by name or number.
  package var groups: [String]
  /// The working directory; nil takes the image's.
  package var workingDirectory: String?
  /// True when a small init is PID 1 and reaps what the application leaves.
  package var usesInit: Bool
  /// True when the standard streams are a terminal.
  package var tty: Bool
  /// True when standard input stays open.
  package var stdinOpen: Bool
  /// False when `up` does not show its logs.
  package var attach: Bool
  /// The signal that asks it to stop; nil takes the image's, else SIGTERM.
  package var stopSignal: String?
  /// How long a stop waits before it kills.
  package var stopGracePeriod: Duration
  /// When it is started again.
  package var restart: RestartPolicy
  /// The pause before each restart; nil means a growing one.
  package var restartDelay: Duration?
  /// How long it must run for a restart to count as a success.
  package var restartWindow: Duration?
  /// How its health is found out.
  package var healthcheck: Healthcheck
  /// Where its output goes.
  package var logging: LoggingConfig
  /// What runs to completion before the first container starts.
  package var preStart: [Hook]
  /// What is executed in the container after it has started.
  package var postStart: [Hook]
  /// What is executed in the container before it is stopped.
  package var preStop: [Hook]

  // MARK: Dependencies

  /// What must be there first, the implicit dependencies of links and namespaces among them.
  package var dependsOn: [Dependency]
  /// Older names for other services.
  package var links: [Link]
  /// Names for containers outside the project.
  package var externalLinks: [Link]

  // MARK: Network

  /// Where its network namespace comes from.
  package var networkMode: NetworkMode
  /// The networks it is on; empty unless `networkMode` is `.networks`.
  package var networks: [NetworkAttachment]
  /// The ports that the host publishes.
  package var ports: [PortMapping]
  /// Ports that the container is said to listen on; information only.
  package var expose: [ExposedPort]
  /// The host name; nil means the short id of the container.
  package var hostname: String?
  /// The domain name.
  package var domainName: String?
  /// Lines of /etc/hosts; the address may be `host-gateway`.
  package var extraHosts: [ExtraHost]
  /// Name servers instead of the host's.
  package var dns: [String]
  /// Search domains instead of the host's.
  package var dnsSearch: [String]
  /// Resolver options instead of the host's.
  package var dnsOptions: [String]
  /// The MAC address on the network of the highest priority.
  package var macAddress: String?

  // MARK: Files

  /// The mounts.
  package var mounts: [Mount]
  /// File systems in memory.
  package var tmpfs: [TmpfsMount]
  /// Services and containers whose mounts it takes over.
  package var volumesFrom: [VolumesFrom]
  /// The secrets it can read.
  package var secrets: [FileReference]
  /// The configs it can read.
  package var configs: [FileReference]
  /// True when the root file system is read-only.
  package var readOnly: Bool
  /// The size of /dev/shm in bytes; nil means 64 MiB.
  package var shmSize: Int64?
  /// Options of the container's file system, such as `size`.
  package var storageOptions: OrderedMap<String>

  // MARK: Isolation and limits

  /// True when nearly all of the isolation is off.
  package var privileged: Bool
  /// Capabilities added to the default set: `CAP_…` names or `ALL`.
  package var addedCapabilities: [String]
  /// Capabilities taken away: `CAP_…` names or `ALL`.
  package var droppedCapabilities: [String]
  /// Security options in the order of the file.
  package var securityOptions: [SecurityOption]
  /// Devices of the host.
  package var devices: [DeviceMapping]
  /// Rules of the device cgroup, such as `c 1:3 mr`.
  package var deviceCgroupRules: [String]
  /// The IPC namespace.
  package var ipc: NamespaceMode
  /// The PID namespace.
  package var pid: NamespaceMode
  /// The UTS namespace.
  package var uts: NamespaceMode
  /// The cgroup namespace.
  package var cgroup: NamespaceMode
  /// The user namespace.
  package var userNamespace: NamespaceMode
  /// The cgroup under which the container's is made.
  package var cgroupParent: String?
  /// The runtime asked for by name; of no effect.
  package var runtime: String?
  /// Kernel parameters of its namespaces.
  package var sysctls: OrderedMap<String>
  /// Resource limits of its processes.
  package var ulimits: [Ulimit]
  /// Limits of its cgroup.
  package var resources: Resources

  // MARK: Deployment and development

  /// How replicas are replaced.
  package var update: UpdateConfig?
  /// What `watch` does when files change.
  package var watch: [WatchRule]
  /// The language models it uses.
  package var models: [ModelReference]
}

extension Service {
  /// Makes a service of an image with the defaults of the Compose specification.
  package init(name: String, image: String) {
    self.init(
      name: name, source: SourceMap(), configuration: Configuration(.null), problems: [],
      profiles: [], containerName: nil, replicas: 1, labels: [:],
      annotations: [:], image: image, hasDefaultImage: false, build: nil, pullPolicy: .automatic,
      platform: nil, provider: nil, command: nil, entrypoint: nil, environment: [:], user: nil,
      groups: [], workingDirectory: nil, usesInit: false, tty: false, stdinOpen: false,
      attach: true, stopSignal: nil, stopGracePeriod: StopGracePeriod.standard, restart: .no,
      restartDelay: nil, restartWindow: nil, healthcheck: .inherited, logging: LoggingConfig(),
      preStart: [], postStart: [], preStop: [], dependsOn: [], links: [], externalLinks: [],
      networkMode: .networks, networks: [], ports: [], expose: [], hostname: nil, domainName: nil,
      extraHosts: [], dns: [], dnsSearch: [], dnsOptions: [], macAddress: nil, mounts: [],
      tmpfs: [], volumesFrom: [], secrets: [], configs: [], readOnly: false, shmSize: nil,
      storageOptions: [:], privileged: false, addedCapabilities: [], droppedCapabilities: [],
      securityOptions: [], devices: [], deviceCgroupRules: [], ipc: .default, pid: .default,
      uts: .default, cgroup: .default, userNamespace: .default, cgroupParent: nil, runtime: nil,
      sysctls: [:], ulimits: [], resources: Resources(), update: nil, watch: [],
      models: [])
  }

  /// The place of the service's key in the file.
  package var location: SourceLocation? { source.location }

  /// The place of a part, such as `image` or `ports[0]`; when that part is not in the file, the
  /// nearest one around it.
  package func location(of part: String) -> SourceLocation? { source.location(of: part) }
}
