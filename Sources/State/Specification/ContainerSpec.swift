import Model

/// Everything the shim needs to run a container: what the OCI runtime specification calls its
/// configuration, already resolved but for what the root file system alone can tell (user names,
/// the command's place).
///
/// The engine writes it as `spec.json` before each start.
package struct ContainerSpec: Sendable, Hashable {
  /// The container's identity.
  package var id: ObjectID
  /// The host name inside.
  package var hostname: String
  /// The NIS domain name inside; empty for none.
  package var domainname = ""
  /// The layers the root file system is made of.
  package var rootFilesystem: RootFilesystem
  /// What is mounted besides /proc, /sys and /dev, in any order: outer targets go first.
  package var mounts: [ContainerMount] = []
  /// The program that runs, and as whom.
  package var process: ProcessSpec
  /// Runs the program on a terminal of its own.
  package var terminal = false
  /// Keeps standard input open for clients that attach; without, it is /dev/null.
  package var openStdin = false
  /// Ends standard input when the first client that attached goes.
  package var stdinOnce = false
  /// Runs a tiny reaper as PID 1 and the program as its child.
  package var initProcess = false
  /// Which namespaces are the container's own.
  package var namespaces = Namespaces()
  /// Kernel settings inside, such as `net.core.somaxconn`.
  package var sysctls: [NamedValue] = []
  /// What the user noted on the container.
  package var annotations: [NamedValue] = []
  /// Devices of the machine that exist inside.
  package var devices: [DeviceSpec] = []
  /// Rules besides those of `devices`, such as `c 10:* rwm`.
  package var deviceRules: [String] = []
  /// Paths that show nothing. Ignored when privileged.
  package var maskedPaths = ContainerSpec.defaultMaskedPaths
  /// Paths that cannot be written. Ignored when privileged.
  package var readOnlyPaths = ContainerSpec.defaultReadOnlyPaths
  /// Which system calls are refused; nil for none. It is compiled when the container starts.
  package var seccomp: SeccompFilter?
  /// The file with the compiled program, in a specification of version 0.1; nil in newer ones.
  package var seccompProgram: String?
  /// All devices, nothing masked, cgroups writable.
  package var privileged = false
  /// The cgroup and its limits.
  package var cgroup: CgroupSpec
  /// The size of /dev/shm in bytes.
  package var shmSize: Int64 = 64 << 20
  /// The signal that asks the program to end; the shim only passes it on.
  package var stopSignal: Int32 = 15
  /// Where output goes.
  package var log = LogSpec()
  /// The process that the shim starts again when it ends; nil for none.
  package var supervisor: SupervisorSpec?

  /// Makes a spec with the defaults of a plain container.
  package init(
    id: ObjectID, hostname: String, rootFilesystem: RootFilesystem, process: ProcessSpec,
    cgroup: CgroupSpec? = nil
  ) {
    self.id = id
    self.hostname = hostname
    self.rootFilesystem = rootFilesystem
    self.process = process
    self.cgroup = cgroup ?? CgroupSpec(path: CgroupSpec.standardPath(id))
  }

  /// What Docker masks in every container.
  package static let defaultMaskedPaths = [
    "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys",
    "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
    "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
  ]
  /// What Docker makes read-only in every container.
  package static let defaultReadOnlyPaths = [
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
  ]
}

/// A name with a value, such as a kernel setting.
package struct NamedValue: Sendable, Hashable {
  /// The name.
  package var name: String
  /// The value.
  package var value: String

  /// Makes a pair.
  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// The root file system: layers that stay as they are, under a writable one of the container.
package struct RootFilesystem: Sendable, Hashable {
  /// The directories of the layers, the top one first.
  package var lowerDirectories: [String]
  /// Nothing can be written but to mounts.
  package var readOnly: Bool
  /// The writable layer instead of the container's own; the container's own when nil.
  package var upper: String?
  /// The work directory that goes with `upper`.
  package var work: String?

  /// Makes a root file system.
  package init(
    lowerDirectories: [String], readOnly: Bool = false, upper: String? = nil, work: String? = nil
  ) {
    self.lowerDirectories = lowerDirectories
    self.readOnly = readOnly
    self.upper = upper
    self.work = work
  }
}

/// The program that runs in a container.
package struct ProcessSpec: Sendable, Hashable {
  /// The command and its arguments; a command without a slash is looked up in `PATH`.
  package var arguments: [String]
  /// The environment. `PATH`, `HOME`, `HOSTNAME` and, on a terminal, `TERM` are added if missing.
  package var environment: [NamedValue]
  /// The working directory; made if missing. Empty means `/`.
  package var workingDirectory: String
  /// `name|uid[:group|gid]`, looked up in the container's files; empty means root.
  package var user: String
  /// Further groups, by name or number.
  package var additionalGroups: [String] = []
  /// What the program may do beyond its user id.
  package var capabilities = CapabilitySet.dockerDefault
  /// No program may gain rights through set-user-id bits or file capabilities.
  package var noNewPrivileges = false
  /// Resource limits.
  package var rlimits: [ResourceLimit] = []
  /// How readily the kernel ends it when memory is short, -1000 to 1000; nil leaves it.
  package var oomScoreAdjustment: Int?

  /// Makes a program.
  package init(
    arguments: [String], environment: [NamedValue] = [], workingDirectory: String = "/",
    user: String = ""
  ) {
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.user = user
  }
}

/// A resource limit. Source: setrlimit(2).
package struct ResourceLimit: Sendable, Hashable {
  /// The name in lower case without `RLIMIT_`, such as `nofile`.
  package var name: String
  /// The limit that counts; nil for none.
  package var soft: UInt64?
  /// How far the program may raise the soft limit; nil for no bound.
  package var hard: UInt64?

  /// Makes a limit.
  package init(_ name: String, soft: UInt64?, hard: UInt64?) {
    self.name = name
    self.soft = soft
    self.hard = hard
  }

  /// The kernel's numbers by name.
  package static let numbers: [String: Int32] = [
    "cpu": 0, "fsize": 1, "data": 2, "stack": 3, "core": 4, "rss": 5, "nproc": 6, "nofile": 7,
    "memlock": 8, "as": 9, "locks": 10, "sigpending": 11, "msgqueue": 12, "nice": 13,
    "rtprio": 14, "rttime": 15,
  ]
}

/// A device of the machine inside a container.
package struct DeviceSpec: Sendable, Hashable {
  /// The device's path on the machine.
  package var hostPath: String
  /// Its path inside.
  package var containerPath: String
  /// `r` read, `w` write, `m` make.
  package var permissions: String

  /// Makes a device.
  package init(hostPath: String, containerPath: String, permissions: String = "rwm") {
    self.hostPath = hostPath
    self.containerPath = containerPath
    self.permissions = permissions
  }
}

/// Where a container's output goes.
package struct LogSpec: Sendable, Hashable {
  /// What is done with output.
  package enum Driver: String, Sendable, Hashable {
    /// Kept in files of ours; `json-file` and `local` are the same here.
    case jsonFile = "json-file"
    case local
    /// Read and dropped.
    case none
    /// Kept, and sent elsewhere as well: see `delivery`.
    case syslog
    case journald
    case gelf
  }

  /// What is done with output.
  package var driver: Driver
  /// The size in bytes at which a new file is begun; nil for no bound.
  package var maximumSize: Int64?
  /// How many files are kept, the current one among them; at least 1.
  package var maximumFiles: Int
  /// Where lines are sent besides; nil for nowhere.
  package var delivery: LogDeliverySpec?
  /// The options as the user wrote them, to be shown.
  package var options: [NamedValue] = []

  /// Makes a log configuration.
  package init(driver: Driver = .jsonFile, maximumSize: Int64? = nil, maximumFiles: Int = 1) {
    self.driver = driver
    self.maximumSize = maximumSize
    self.maximumFiles = maximumFiles
  }
}

/// The project's supervisor, as the shim watches it.
package struct SupervisorSpec: Sendable, Hashable {
  /// The file with its `SupervisorRecord`.
  package var pidFile: String
  /// The file whose content `up` says that it has to run.
  package var desiredFile: String
  /// How it is started again.
  package var start: SupervisorStart

  /// Makes a configuration.
  package init(pidFile: String, desiredFile: String, start: SupervisorStart) {
    self.pidFile = pidFile
    self.desiredFile = desiredFile
    self.start = start
  }

  /// The supervisor of a project, run by the program at `executable`.
  package init(_ layout: Layout, project: String, executable: String) {
    self.init(
      pidFile: layout.supervisorPID(project), desiredFile: layout.supervisorDesired(project),
      start: SupervisorStart(executable: executable, layout: layout, project: project))
  }
}
