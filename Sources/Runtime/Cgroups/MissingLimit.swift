/// What the shim tells of limits that this machine's kernel does not have, and how whoever knows the
/// Compose file finds the keys that ask for them.
package enum MissingLimit {
  private static let begin = "this host's kernel has no "
  private static let end = ": the limit is not applied"

  /// The warning about a file that a cgroup lacks.
  static func warning(of file: String) -> String { begin + file + end }

  /// The warning about what only cgroup v1 has.
  static let legacyOnly = "cgroup v2 has neither swappiness nor oom_kill_disable: both are ignored"

  /// The keys of a service that a warning is about, those first that win over others; none for
  /// warnings of another kind.
  package static func keys(of warning: String) -> [String] {
    if warning == legacyOnly { return ["mem_swappiness", "oom_kill_disable"] }
    guard warning.hasPrefix(begin), warning.hasSuffix(end) else { return [] }
    let file = String(warning.dropFirst(begin.count).dropLast(end.count))
    return keys[file] ?? []
  }

  private static let limits = "deploy.resources.limits"
  private static let memory = ["\(limits).memory", "mem_limit"]
  private static let swap = ["memswap_limit"] + memory
  private static let reservation = ["deploy.resources.reservations.memory", "mem_reservation"]
  private static let quota = ["\(limits).cpus", "cpus", "cpu_quota", "cpu_period"]
  private static let weight = ["blkio_config.weight"]
  private static let weights = ["blkio_config.weight_device"]

  private static let keys: [String: [String]] = [
    "memory.limit_in_bytes": memory, "memory.max": memory,
    "memory.memsw.limit_in_bytes": swap, "memory.swap.max": swap,
    "memory.soft_limit_in_bytes": reservation, "memory.low": reservation,
    "memory.swappiness": ["mem_swappiness"], "memory.oom_control": ["oom_kill_disable"],
    "cpu.cfs_period_us": quota, "cpu.cfs_quota_us": quota, "cpu.max": quota,
    "cpu.shares": ["cpu_shares"], "cpu.weight": ["cpu_shares"],
    "cpu.rt_period_us": ["cpu_rt_period"], "cpu.rt_runtime_us": ["cpu_rt_runtime"],
    "cpuset.cpus": ["cpuset"], "cpuset.mems": ["cpuset"],
    "pids.max": ["\(limits).pids", "pids_limit"],
    "blkio.bfq.weight": weight, "blkio.bfq.weight_device": weights,
    "io.bfq.weight": weight + weights,
    "blkio.throttle.read_bps_device": ["blkio_config.device_read_bps"],
    "blkio.throttle.write_bps_device": ["blkio_config.device_write_bps"],
    "blkio.throttle.read_iops_device": ["blkio_config.device_read_iops"],
    "blkio.throttle.write_iops_device": ["blkio_config.device_write_iops"],
    "io.max": [
      "blkio_config.device_read_bps", "blkio_config.device_write_bps",
      "blkio_config.device_read_iops", "blkio_config.device_write_iops",
    ],
  ]
}
