import Model

/// The cgroup of a container and what it may use. Nil means no limit.
///
/// Source: cgroups(7), the kernel's admin-guide/cgroup-v2 and cgroup-v1.
package struct CgroupSpec: Sendable, Hashable {
  /// The path below the root of each hierarchy, such as `roost/<id>`.
  package var path: String
  /// The most memory, in bytes.
  package var memory: Int64?
  /// Memory and swap together, in bytes; -1 for no limit on swap.
  package var memorySwap: Int64?
  /// The memory that is defended when the machine runs short, in bytes.
  package var memoryReservation: Int64?
  /// 0 to 100; only cgroup v1 knows it.
  package var memorySwappiness: Int64?
  /// Lets processes wait for memory rather than killing one; only cgroup v1 knows it.
  package var oomKillDisable = false
  /// The processor time in a period, in microseconds.
  package var cpuQuota: Int64?
  /// The period, in microseconds; 100,000 when nil.
  package var cpuPeriod: Int64?
  /// The weight against others, 2 to 262,144; 1,024 is usual.
  package var cpuShares: Int64?
  /// The processors it may run on, such as `0-2,4`.
  package var cpusetProcessors: String?
  /// The memory nodes it may use, such as `0`.
  package var cpusetMemoryNodes: String?
  /// The most processes and threads; -1 for no limit.
  package var pids: Int64?
  /// The time that its real-time processes may run in a period, in microseconds; only cgroup v1
  /// knows it.
  package var realtimeRuntime: Int64?
  /// The period of that, in microseconds; the kernel's when nil.
  package var realtimePeriod: Int64?
  /// The weight of its block input and output, 10 to 1,000.
  package var blockWeight: Int64?
  /// Other weights for single block devices.
  package var blockWeights: [BlockWeight] = []
  /// Bounds for single block devices.
  package var blockLimits: [BlockLimit] = []

  /// The cgroup in which those of containers are unless another one was asked for.
  package static let standardParent = "roost"
  /// The path of a container's cgroup unless another parent was asked for.
  package static func standardPath(_ id: ObjectID) -> String { "\(standardParent)/\(id.hex)" }

  /// Makes a cgroup without limits.
  package init(path: String) { self.path = path }
}

/// A weight for one block device.
package struct BlockWeight: Sendable, Hashable {
  /// The device's path.
  package var device: String
  /// The weight, 10 to 1,000.
  package var weight: Int64

  /// Makes a weight.
  package init(device: String, weight: Int64) {
    self.device = device
    self.weight = weight
  }
}

/// A bound for one block device.
package struct BlockLimit: Sendable, Hashable {
  /// What is bounded.
  package enum Kind: String, Sendable, Hashable {
    case readBytes = "rbps"
    case writeBytes = "wbps"
    case readOperations = "riops"
    case writeOperations = "wiops"
  }

  /// What is bounded.
  package var kind: Kind
  /// The device's path.
  package var device: String
  /// The most per second.
  package var rate: UInt64

  /// Makes a bound.
  package init(kind: Kind, device: String, rate: UInt64) {
    self.kind = kind
    self.device = device
    self.rate = rate
  }
}
