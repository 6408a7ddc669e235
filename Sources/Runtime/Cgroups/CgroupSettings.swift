import Glibc
import Linux
import State

/// One value to write into a cgroup.
struct CgroupSetting: Hashable {
  /// The controller that has the file.
  let controller: String
  /// The file's name.
  let file: String
  /// What is written.
  let value: String
  /// Another file that says the same where the first one is missing.
  var substitute: Substitute?

  /// A file with what is written into it.
  struct Substitute: Hashable {
    let file: String
    let value: String
  }

  init(_ controller: String, _ file: String, _ value: some CustomStringConvertible) {
    self.controller = controller
    self.file = file
    self.value = value.description
  }

  func or(_ file: String, _ value: some CustomStringConvertible) -> CgroupSetting {
    var setting = self
    setting.substitute = Substitute(file: file, value: value.description)
    return setting
  }
}

/// What a container's limits mean on the two versions of cgroups. Pure, but for the numbers of
/// block devices.
enum CgroupSettings {
  static let standardPeriod: Int64 = 100_000

  /// For cgroup v1, in an order in which the kernel takes them.
  static func legacy(_ spec: CgroupSpec) throws(SyscallError) -> [CgroupSetting] {
    var result: [CgroupSetting] = []
    if let value = spec.memory {
      result.append(CgroupSetting("memory", "memory.limit_in_bytes", value))
    }
    if let value = memoryAndSwap(spec) {
      result.append(CgroupSetting("memory", "memory.memsw.limit_in_bytes", value))
    }
    if let value = spec.memoryReservation {
      result.append(CgroupSetting("memory", "memory.soft_limit_in_bytes", value))
    }
    if let value = spec.memorySwappiness, value >= 0 {
      result.append(CgroupSetting("memory", "memory.swappiness", value))
    }
    if spec.oomKillDisable { result.append(CgroupSetting("memory", "memory.oom_control", 1)) }
    if spec.cpuQuota != nil || spec.cpuPeriod != nil {
      let period = spec.cpuPeriod ?? standardPeriod
      result.append(CgroupSetting("cpu", "cpu.cfs_period_us", period))
      result.append(CgroupSetting("cpu", "cpu.cfs_quota_us", spec.cpuQuota ?? -1))
    }
    if let value = spec.cpuShares { result.append(CgroupSetting("cpu", "cpu.shares", value)) }
    if let value = spec.pids {
      result.append(CgroupSetting("pids", "pids.max", processes(value)))
    }
    if let value = spec.realtimePeriod {
      result.append(CgroupSetting("cpu", "cpu.rt_period_us", value))
    }
    if let value = spec.realtimeRuntime {
      result.append(CgroupSetting("cpu", "cpu.rt_runtime_us", value))
    }
    if let value = spec.blockWeight {
      result.append(
        CgroupSetting("blkio", "blkio.bfq.weight", value).or("blkio.weight", value))
    }
    for weight in spec.blockWeights {
      let value = "\(try deviceNumber(weight.device)) \(weight.weight)"
      result.append(
        CgroupSetting("blkio", "blkio.bfq.weight_device", value).or("blkio.weight_device", value))
    }
    let files: [BlockLimit.Kind: String] = [
      .readBytes: "read_bps_device", .writeBytes: "write_bps_device",
      .readOperations: "read_iops_device", .writeOperations: "write_iops_device",
    ]
    for limit in spec.blockLimits {
      guard let file = files[limit.kind] else { continue }
      let number = try deviceNumber(limit.device)
      result.append(CgroupSetting("blkio", "blkio.throttle.\(file)", "\(number) \(limit.rate)"))
    }
    return result
  }

  /// For cgroup v2.
  static func unified(_ spec: CgroupSpec) throws(SyscallError) -> [CgroupSetting] {
    var result: [CgroupSetting] = []
    if let value = spec.memory { result.append(CgroupSetting("memory", "memory.max", value)) }
    if let both = memoryAndSwap(spec), let memory = spec.memory {
      let swap = both < 0 ? "max" : String(max(0, both - memory))
      result.append(CgroupSetting("memory", "memory.swap.max", swap))
    }
    if let value = spec.memoryReservation {
      result.append(CgroupSetting("memory", "memory.low", value))
    }
    if spec.cpuQuota != nil || spec.cpuPeriod != nil {
      let quota = spec.cpuQuota.map { $0 > 0 ? String($0) : "max" } ?? "max"
      let value = "\(quota) \(spec.cpuPeriod ?? standardPeriod)"
      result.append(CgroupSetting("cpu", "cpu.max", value))
    }
    if let value = spec.cpuShares, value > 0 {
      result.append(CgroupSetting("cpu", "cpu.weight", weight(shares: value)))
    }
    if let value = spec.cpusetProcessors {
      result.append(CgroupSetting("cpuset", "cpuset.cpus", value))
    }
    if let value = spec.cpusetMemoryNodes {
      result.append(CgroupSetting("cpuset", "cpuset.mems", value))
    }
    if let value = spec.pids {
      result.append(CgroupSetting("pids", "pids.max", processes(value)))
    }
    if let value = spec.blockWeight {
      result.append(
        CgroupSetting("io", "io.bfq.weight", value)
          .or("io.weight", "default \(weight(block: value))"))
    }
    for weight in spec.blockWeights {
      let number = try deviceNumber(weight.device)
      result.append(
        CgroupSetting("io", "io.bfq.weight", "\(number) \(weight.weight)")
          .or("io.weight", "\(number) \(self.weight(block: weight.weight))"))
    }
    for limit in spec.blockLimits {
      let number = try deviceNumber(limit.device)
      result.append(CgroupSetting("io", "io.max", "\(number) \(limit.kind.rawValue)=\(limit.rate)"))
    }
    return result
  }

  /// No limit is 0 or below, as in Docker, or above what a machine can have of processes, which the
  /// kernel refuses.
  private static func processes(_ limit: Int64) -> String {
    (1...4_194_304).contains(limit) ? String(limit) : "max"
  }

  /// As in Docker, memory without a word on swap lets the container swap as much again, as far as
  /// that can be counted.
  private static func memoryAndSwap(_ spec: CgroupSpec) -> Int64? {
    guard let memory = spec.memory else { return nil }
    guard let swap = spec.memorySwap, swap != 0 else {
      return memory > .max / 2 ? .max : memory * 2
    }
    return swap
  }

  /// Shares of cgroup v1, 2 to 262,144, on the scale of v2, 1 to 10,000, as the OCI runtimes map
  /// them.
  static func weight(shares: Int64) -> Int64 {
    let bounded = min(max(shares, 2), 262_144)
    return 1 + (bounded - 2) * 9999 / 262_142
  }

  /// Weights of block devices, 10 to 1,000, on the scale of `io.weight`, 1 to 10,000, as the OCI
  /// runtimes map them.
  static func weight(block weight: Int64) -> Int64 {
    1 + (min(max(weight, 10), 1000) - 10) * 9999 / 990
  }

  /// A limit on what is no block device of this machine would limit nothing.
  private static func deviceNumber(_ path: String) throws(SyscallError) -> String {
    let status = try Files.status(path)
    guard status.kind == .blockDevice else {
      throw SyscallError("blkio_config", path: path, errno: ENOTBLK)
    }
    return "\(status.major):\(status.minor)"
  }
}
