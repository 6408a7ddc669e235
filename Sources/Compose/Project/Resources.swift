import Model

/// Limits and weights of a service's containers. Nil means that nothing is set.
package struct Resources: Sendable, Hashable {
  /// How much memory and swap may be used together.
  package enum Swap: Sendable, Hashable {
    /// As much swap again as memory.
    case `default`
    case unlimited
    /// Memory and swap together, in bytes.
    case total(Int64)
  }

  /// The most memory, in bytes: `mem_limit` or `deploy.resources.limits.memory`.
  package var memory: Int64?
  /// Memory and swap together.
  package var swap: Swap
  /// Memory that is kept from being reclaimed, in bytes.
  package var memoryReservation: Int64?
  /// How eagerly memory is swapped, 0 to 100.
  package var swappiness: Int?
  /// The most processors, such as 0.5: `cpus` or `deploy.resources.limits.cpus`.
  package var cpus: Double?
  /// Processors that are kept for it; of no effect.
  package var cpuReservation: Double?
  /// The processors it may run on, such as `0-2,4`.
  package var cpuset: String?
  /// The weight among others, 1024 being usual.
  package var cpuShares: Int64?
  /// Microseconds of processor time a period.
  package var cpuQuota: Int64?
  /// The period in microseconds.
  package var cpuPeriod: Int64?
  /// Microseconds of real-time scheduling a period.
  package var cpuRealtimeRuntime: Int64?
  /// The real-time period in microseconds.
  package var cpuRealtimePeriod: Int64?
  /// The most processes; -1 means without limit.
  package var pids: Int64?
  /// Added to the badness when memory runs out, -1000 to 1000.
  package var oomScoreAdjustment: Int?
  /// True when the kernel is not to kill it when memory runs out.
  package var oomKillDisable: Bool
  /// Weights and limits of block devices.
  package var blockIO: BlockIO
  /// Devices asked for by what they can do, such as GPUs.
  package var deviceRequests: [DeviceRequest]

  /// Makes resources without any limit.
  package init() {
    memory = nil
    swap = .default
    memoryReservation = nil
    swappiness = nil
    cpus = nil
    cpuReservation = nil
    cpuset = nil
    cpuShares = nil
    cpuQuota = nil
    cpuPeriod = nil
    cpuRealtimeRuntime = nil
    cpuRealtimePeriod = nil
    pids = nil
    oomScoreAdjustment = nil
    oomKillDisable = false
    blockIO = BlockIO()
    deviceRequests = []
  }
}

/// Weights and limits of block devices.
package struct BlockIO: Sendable, Hashable {
  /// A number for one device.
  package struct Device: Sendable, Hashable {
    /// The device node.
    package var path: String
    /// A weight, bytes a second or operations a second.
    package var value: Int64

    /// Makes an entry.
    package init(path: String, value: Int64) {
      self.path = path
      self.value = value
    }
  }

  /// The weight among others, 10 to 1000.
  package var weight: Int?
  /// The weight by device.
  package var deviceWeights: [Device]
  /// The most bytes read a second.
  package var readBytes: [Device]
  /// The most reads a second.
  package var readOperations: [Device]
  /// The most bytes written a second.
  package var writeBytes: [Device]
  /// The most writes a second.
  package var writeOperations: [Device]

  /// Makes settings without any limit.
  package init() {
    weight = nil
    deviceWeights = []
    readBytes = []
    readOperations = []
    writeBytes = []
    writeOperations = []
  }

  /// True when nothing is set.
  package var isEmpty: Bool { self == BlockIO() }
}

/// Devices asked for by what they can do.
package struct DeviceRequest: Sendable, Hashable {
  /// The driver, such as `nvidia`; empty means any.
  package var driver: String
  /// How many; -1 means all, nil means that `deviceIDs` says.
  package var count: Int?
  /// Which ones.
  package var deviceIDs: [String]
  /// What they must be able to do, such as `gpu`.
  package var capabilities: [String]
  /// Options for the driver.
  package var options: OrderedMap<String>

  /// Makes a request.
  package init(
    driver: String = "", count: Int? = nil, deviceIDs: [String] = [], capabilities: [String] = [],
    options: OrderedMap<String> = [:]
  ) {
    self.driver = driver
    self.count = count
    self.deviceIDs = deviceIDs
    self.capabilities = capabilities
    self.options = options
  }
}

/// A resource limit of processes (getrlimit(2)).
package struct Ulimit: Sendable, Hashable {
  /// The name without `RLIMIT_`, in lower case.
  package var name: String
  /// The soft limit; -1 means without limit.
  package var soft: Int64
  /// The hard limit; -1 means without limit.
  package var hard: Int64

  /// Makes a limit.
  package init(name: String, soft: Int64, hard: Int64) {
    self.name = name
    self.soft = soft
    self.hard = hard
  }
}

/// A device of the host in the container.
package struct DeviceMapping: Sendable, Hashable {
  /// The node on the host, or the name of a CDI device such as `vendor.com/class=name`.
  package var source: String
  /// The node in the container.
  package var target: String
  /// Some of `r`, `w` and `m`.
  package var permissions: String

  /// Makes a mapping.
  package init(source: String, target: String, permissions: String = "rwm") {
    self.source = source
    self.target = target
    self.permissions = permissions
  }

  /// True when the source is a CDI device and not a path.
  package var isCDI: Bool { !source.hasPrefix("/") }
}

/// One entry of `security_opt`.
package enum SecurityOption: Sendable, Hashable {
  /// What system calls are allowed.
  package enum Seccomp: Sendable, Hashable {
    case unconfined
    /// The engine's own profile.
    case builtin
    /// A profile file of the host; absolute.
    case file(String)
  }

  case noNewPrivileges(Bool)
  case seccomp(Seccomp)
  /// An AppArmor profile by name, or `unconfined`.
  case apparmor(String)
  /// A part of an SELinux label, such as `type:svirt_t`, or `disable`.
  case label(String)
  /// Nothing below /proc and /sys is masked.
  case unmaskedSystemPaths
}
