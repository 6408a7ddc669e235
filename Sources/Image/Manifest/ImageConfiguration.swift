import Model

/// What an image says about itself and about the containers made from it.
///
/// Source: OCI image specification, config.md, with Docker's additions (`Healthcheck`, `Shell`,
/// `OnBuild`).
package struct ImageConfiguration: Sendable, Hashable {
  /// One variable of the environment.
  package struct Variable: Sendable, Hashable {
    /// The name.
    package var name: String
    /// The value.
    package var value: String
    /// Makes a variable.
    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The processor in Go's spelling, such as `amd64`.
  package var architecture: String
  /// The operating system, `linux`.
  package var os: String
  /// The variant of the processor; empty when there is none.
  package var variant = ""
  /// When the image was made.
  package var created: Timestamp?
  /// Who made it; from MAINTAINER.
  package var author = ""
  /// The environment, in order.
  package var environment: [Variable] = []
  /// The default command; nil when unset, which differs from empty.
  package var command: [String]?
  /// The entry point; nil when unset.
  package var entrypoint: [String]?
  /// The working directory; empty means `/`.
  package var workingDirectory = ""
  /// `user[:group]` by name or number; empty means root.
  package var user = ""
  /// The ports, such as `80/tcp`, sorted.
  package var exposedPorts: [String] = []
  /// The paths that become anonymous volumes, sorted.
  package var volumes: [String] = []
  /// The labels.
  package var labels: [String: String] = [:]
  /// The signal that stops the container; empty means SIGTERM.
  package var stopSignal = ""
  /// The probe; nil when unset.
  package var healthcheck: HealthcheckConfiguration?
  /// The shell of the shell forms; empty means `/bin/sh -c`.
  package var shell: [String] = []
  /// Instructions to run in a build that starts from this image.
  package var onBuild: [String] = []
  /// How the image came to be, oldest first.
  package var history: [HistoryEntry] = []
  /// The digests of the uncompressed layers, lowest first.
  package var diffIDs: [Digest] = []

  /// Makes an empty configuration for a platform.
  package init(platform: Platform = .host) {
    architecture = platform.architecture
    os = platform.os
    variant = platform.variant
  }

  /// The platform of the image.
  package var platform: Platform {
    Platform(os: os, architecture: architecture, variant: variant)
  }

  /// Sets a variable; a new one goes to the end, a known one keeps its place.
  package mutating func setVariable(_ name: String, _ value: String) {
    if let index = environment.firstIndex(where: { $0.name == name }) {
      environment[index].value = value
    } else {
      environment.append(Variable(name, value))
    }
  }

  /// The value of a variable.
  package func variable(_ name: String) -> String? {
    environment.first { $0.name == name }?.value
  }
}

/// One step in an image's history.
package struct HistoryEntry: Sendable, Hashable {
  /// When the step ran.
  package var created: Timestamp?
  /// The step as text.
  package var createdBy = ""
  /// A remark, such as `buildkit.dockerfile.v0`.
  package var comment = ""
  /// Who ran it.
  package var author = ""
  /// True when the step made no layer.
  package var isEmptyLayer = false

  /// Makes an entry.
  package init(
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
package struct HealthcheckConfiguration: Sendable, Hashable {
  /// `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", text]`.
  package var test: [String]
  /// Between probes.
  package var interval: Int64
  /// For one probe.
  package var timeout: Int64
  /// After the start, in which failures do not count.
  package var startPeriod: Int64
  /// Between probes within the start period.
  package var startInterval: Int64
  /// Failures in a row until the container is unhealthy.
  package var retries: Int

  /// Makes a probe.
  package init(
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
