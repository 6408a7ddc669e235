import Model

/// What an image says about itself and about the containers made from it.
///
/// Source: OCI image specification, config.md, with Docker's additions (`Healthcheck`, `Shell`,
/// `OnBuild`).
public struct ImageConfiguration: Sendable, Hashable {
  /// One variable of the environment.
  public struct Variable: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The value.
    public var value: String
    /// Makes a variable.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The processor in Go's spelling, such as `amd64`.
  public var architecture: String
  /// The operating system, `linux`.
  public var os: String
  /// The variant of the processor; empty when there is none.
  public var variant = ""
  /// When the image was made.
  public var created: Timestamp?
  /// Who made it; from MAINTAINER.
  public var author = ""
  /// The environment, in order.
  public var environment: [Variable] = []
  /// The default command; nil when unset, which differs from empty.
  public var command: [String]?
  /// The entry point; nil when unset.
  public var entrypoint: [String]?
  /// The working directory; empty means `/`.
  public var workingDirectory = ""
  /// `user[:group]` by name or number; empty means root.
  public var user = ""
  /// The ports, such as `80/tcp`, sorted.
  public var exposedPorts: [String] = []
  /// The paths that become anonymous volumes, sorted.
  public var volumes: [String] = []
  /// The labels.
  public var labels: [String: String] = [:]
  /// The signal that stops the container; empty means SIGTERM.
  public var stopSignal = ""
  /// The probe; nil when unset.
  public var healthcheck: HealthcheckConfiguration?
  /// The shell of the shell forms; empty means `/bin/sh -c`.
  public var shell: [String] = []
  /// Instructions to run in a build that starts from this image.
  public var onBuild: [String] = []
  /// How the image came to be, oldest first.
  public var history: [HistoryEntry] = []
  /// The digests of the uncompressed layers, lowest first.
  public var diffIDs: [Digest] = []

  /// Makes an empty configuration for a platform.
  public init(platform: Platform = .host) {
    architecture = platform.architecture
    os = platform.os
    variant = platform.variant
  }

  /// The platform of the image.
  public var platform: Platform {
    Platform(os: os, architecture: architecture, variant: variant)
  }

  /// Sets a variable; a new one goes to the end, a known one keeps its place.
  public mutating func setVariable(_ name: String, _ value: String) {
    if let index = environment.firstIndex(where: { $0.name == name }) {
      environment[index].value = value
    } else {
      environment.append(Variable(name, value))
    }
  }

  /// The value of a variable.
  public func variable(_ name: String) -> String? {
    environment.first { $0.name == name }?.value
  }
}

/// One step in an image's history.
public struct HistoryEntry: Sendable, Hashable {
  /// When the step ran.
  public var created: Timestamp?
  /// The step as text.
  public var createdBy = ""
  /// A remark, such as `buildkit.dockerfile.v0`.
  public var comment = ""
  /// Who ran it.
  public var author = ""
  /// True when the step made no layer.
  public var isEmptyLayer = false

  /// Makes an entry.
  public init(
    created: Timestamp? = nil, createdBy: String = "", comment: String = "", author: String = "",
    isEmptyLayer: Bool = false
  ) {
    self.created = created
    self.createdBy = createdBy
    self.comment = comment
    self.author = author
    self.isEmptyLayer = isEmptyLayer
  }
}

/// The probe of an image; times are nanoseconds, 0 means the default.
public struct HealthcheckConfiguration: Sendable, Hashable {
  /// `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", text]`.
  public var test: [String]
  /// Between probes.
  public var interval: Int64
  /// For one probe.
  public var timeout: Int64
  /// After the start, in which failures do not count.
  public var startPeriod: Int64
  /// Between probes within the start period.
  public var startInterval: Int64
  /// Failures in a row until the container is unhealthy.
  public var retries: Int

  /// Makes a probe.
  public init(
    test: [String], interval: Int64 = 0, timeout: Int64 = 0, startPeriod: Int64 = 0,
    startInterval: Int64 = 0, retries: Int = 0
  ) {
    self.test = test
    self.interval = interval
    self.timeout = timeout
    self.startPeriod = startPeriod
    self.startInterval = startInterval
    self.retries = retries
  }
}
