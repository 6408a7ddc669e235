import Model

/// The cgroup of a container and what it may use. Nil means no limit.
///
/// Source: cgroups(7), the kernel's admin-guide/cgroup-v2 and cgroup-v1.
public struct CgroupSpec: Sendable, Hashable {
  /// The path below the root of each hierarchy, such as `roost/<id>`.
  public var path: String
  /// The most memory, in bytes.
  public var memory: Int64?
  /// Memory and swap together, in bytes; -1 for no limit on swap.
  public var memorySwap: Int64?
  /// The memory that is defended when the machine runs short, in bytes.
  public var memoryReservation: Int64?
  /// 0 to 100; only cgroup v1 knows it.
  public var memorySwappiness: Int64?
  /// Lets processes wait for memory rather than killing one; only cgroup v1 knows it.
  public var oomKillDisable = false
  /// The processor time in a period, in microseconds.
  public var cpuQuota: Int64?
  /// The period, in microseconds; 100,000 when nil.
  public var cpuPeriod: Int64?
  /// The weight against others, 2 to 262,144; 1,024 is usual.
  public var cpuShares: Int64?
  /// The processors it may run on, such as `0-2,4`.
  public var cpusetProcessors: String?
  /// The memory nodes it may use, such as `0`.
  public var cpusetMemoryNodes: String?
  /// The most processes and threads; -1 for no limit.
  public var pids: Int64?
  /// The weight of its block input and output, 10 to 1,000.
  public var blockWeight: Int64?
  /// Bounds for single block devices.
  public var blockLimits: [BlockLimit] = []

  /// The path of a container's cgroup unless another parent was asked for.
  public static func standardPath(_ id: ObjectID) -> String { "roost/\(id.hex)" }

  /// Makes a cgroup without limits.
  public init(path: String) { self.path = path }
}

/// A bound for one block device.
public struct BlockLimit: Sendable, Hashable {
  /// What is bounded.
  public enum Kind: String, Sendable, Hashable {
    case readBytes = "rbps"
    case writeBytes = "wbps"
    case readOperations = "riops"
    case writeOperations = "wiops"
  }

  /// What is bounded.
  public var kind: Kind
  /// The device's path.
  public var device: String
  /// The most per second.
  public var rate: UInt64

  /// Makes a bound.
  public init(kind: Kind, device: String, rate: UInt64) {
    self.kind = kind
    self.device = device
    self.rate = rate
  }
}
