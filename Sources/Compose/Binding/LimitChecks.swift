import Model

/// Refuses limits that no container can have. A file that has them is loaded all the same, as by
/// Docker Compose; the service cannot run.
///
/// Source: moby, daemon/daemon_unix.go, `verifyPlatformContainerResources`.
package enum LimitChecks {
  /// The least memory that a container can be given, in bytes.
  private static let leastMemory: Int64 = 6 << 20

  /// What is wrong whatever the machine.
  static func problems(of service: Service) -> [Diagnostic] {
    memory(service) + processors(service) + realtime(service) + others(service)
      + LoggingChecks.problems(of: service)
  }

  /// What is wrong on a machine with these processors: their number, and which they are.
  package static func problems(
    of service: Service, processors count: Int, online: Set<Int>
  ) -> [Diagnostic] {
    var found: [Diagnostic] = []
    let resources = service.resources
    if let cpus = resources.cpus, cpus > Double(count) {
      found.append(
        error(
          service, "\(text(cpus)) processors are more than the machine has, which are \(count)",
          ["deploy.resources.limits.cpus", "cpus"], hint: "write a number from 0.01 to \(count)"))
    }
    if let list = resources.cpuset, let wanted = cpuset(list) {
      let missing = wanted.subtracting(online).sorted()
      if !missing.isEmpty {
        let names = missing.prefix(8).map(String.init).joined(separator: ", ")
        let all = online.sorted().map(String.init).joined(separator: ", ")
        found.append(
          error(
            service, "the machine has no processor \(names)", ["cpuset"],
            hint: "those that it has are \(all)"))
      }
    }
    return found
  }

  /// What is wrong on a machine whose kernel gives no time to the real-time processes of a cgroup.
  package static func problems(of service: Service, boundsRealtime: Bool) -> [Diagnostic] {
    guard !boundsRealtime,
      let key = ["cpu_rt_runtime", "cpu_rt_period"].first(where: { service.source.has($0) })
    else { return [] }
    return [
      error(
        service, "this machine's kernel has no real-time limits for containers", [key],
        hint: "it needs version 1 of cgroups and CONFIG_RT_GROUP_SCHED; `ulimits: {rtprio: 99}` "
          + "with `cap_add: [SYS_NICE]` allows real-time priorities without a limit")
    ]
  }

  private static func realtime(_ service: Service) -> [Diagnostic] {
    let period = service.resources.cpuRealtimePeriod ?? 1_000_000
    guard let runtime = service.resources.cpuRealtimeRuntime, runtime > period else { return [] }
    return [
      error(
        service, "\(runtime) microseconds are more than the period of \(period)",
        ["cpu_rt_runtime"], hint: "write less than `cpu_rt_period`")
    ]
  }

  private static func memory(_ service: Service) -> [Diagnostic] {
    let resources = service.resources
    let limit = ["deploy.resources.limits.memory", "mem_limit"]
    let reservation = ["deploy.resources.reservations.memory", "mem_reservation"]
    var found: [Diagnostic] = []
    if let memory = resources.memory, memory < leastMemory {
      found.append(
        error(
          service, "\(memory) bytes of memory are too few for a container", limit,
          hint: "the least is 6m; a number without a unit is bytes"))
    }
    if let reserved = resources.memoryReservation {
      if reserved < leastMemory {
        found.append(
          error(
            service, "a reservation of \(reserved) bytes of memory is too small", reservation,
            hint: "the least is 6m; a number without a unit is bytes"))
      } else if let memory = resources.memory, reserved > memory {
        found.append(
          error(
            service, "more memory is reserved than the limit allows", reservation,
            hint: "reserve at most \(ByteSize.description(of: memory))"))
      }
    }
    if case .total(let swap) = resources.swap {
      if let memory = resources.memory, swap < memory {
        found.append(
          error(
            service, "`memswap_limit` is memory and swap together, and less than the memory alone",
            ["memswap_limit"],
            hint: "write at least \(ByteSize.description(of: memory)), or -1 for no limit"))
      } else if resources.memory == nil {
        found.append(
          error(
            service, "`memswap_limit` needs a limit of memory beside it", ["memswap_limit"],
            hint: "add `mem_limit`"))
      }
    }
    if let value = resources.swappiness, !(-1...100).contains(value) {
      found.append(
        error(
          service, "\(value) is not a swappiness", ["mem_swappiness"],
          hint: "write a number from 0 to 100"))
    }
    return found
  }

  private static func processors(_ service: Service) -> [Diagnostic] {
    let resources = service.resources
    let keys = ["deploy.resources.limits.cpus", "cpus"]
    var found: [Diagnostic] = []
    if let cpus = resources.cpus {
      if cpus < 0.01 {
        found.append(
          error(
            service, "\(text(cpus)) is not a number of processors", keys,
            hint: "write 0.01 or more, such as 0.5"))
      } else if resources.cpuQuota != nil || resources.cpuPeriod != nil {
        found.append(
          error(
            service, "`cpus` excludes `cpu_quota` and `cpu_period`, which say the same", keys,
            hint: "keep one of them"))
      }
    }
    if let period = resources.cpuPeriod, !(1000...1_000_000).contains(period) {
      found.append(
        error(
          service, "a period of \(period) microseconds cannot be had", ["cpu_period"],
          hint: "write a number from 1000 to 1000000"))
    }
    if let quota = resources.cpuQuota, quota > 0, quota < 1000 {
      found.append(
        error(
          service, "a quota of \(quota) microseconds cannot be had", ["cpu_quota"],
          hint: "write 1000 or more, or -1 for no limit"))
    }
    if let shares = resources.cpuShares, shares < 0 {
      found.append(
        error(
          service, "\(shares) is not a weight among others", ["cpu_shares"],
          hint: "write a positive number; 1024 is usual"))
    }
    if let list = resources.cpuset, cpuset(list) == nil {
      found.append(
        error(
          service, "\"\(list)\" is not a list of processors", ["cpuset"],
          hint: "write numbers and ranges, such as \"0-2,4\""))
    }
    return found
  }

  private static func others(_ service: Service) -> [Diagnostic] {
    let resources = service.resources
    var found: [Diagnostic] = []
    if let pids = resources.pids, pids < -1 {
      found.append(
        error(
          service, "\(pids) is not a number of processes",
          ["deploy.resources.limits.pids", "pids_limit"], hint: "-1 is without limit"))
    }
    if let weight = resources.blockIO.weight, !(10...1000).contains(weight) {
      found.append(
        error(
          service, "\(weight) is not a weight", ["blkio_config.weight"],
          hint: "write a number from 10 to 1000"))
    }
    for (position, device) in resources.blockIO.deviceWeights.enumerated()
    where !(10...1000).contains(device.value) {
      found.append(
        error(
          service, "\(device.value) is not a weight",
          ["blkio_config.weight_device[\(position)].weight"], hint: "write a number from 10 to 1000"
        ))
    }
    if let parent = service.cgroupParent, cgroup(parent) == nil {
      found.append(
        error(
          service, "\"\(parent)\" is not a place among the cgroups", ["cgroup_parent"],
          hint: "write a path below /sys/fs/cgroup, such as /limited, or a slice"))
    }
    return found
  }

  /// The path below the root of the cgroups that a `cgroup_parent` means; nil for what is none. A
  /// slice lies in those that its name begins with, as with systemd.
  ///
  /// Source: systemd.slice(5).
  package static func cgroup(_ parent: String) -> String? {
    let parts = parent.split(separator: "/")
    guard !parts.isEmpty, !parts.contains(where: { $0 == "." || $0 == ".." }),
      !parent.utf8.contains(where: { $0 < 0x20 })
    else { return nil }
    guard parts.count == 1, parent == parts[0], parent.hasSuffix(".slice") else {
      return parts.joined(separator: "/")
    }
    let words = parent.dropLast(".slice".count)
      .split(separator: "-", omittingEmptySubsequences: false)
    guard words.allSatisfy({ !$0.isEmpty }) else { return nil }
    return (1...words.count).map { words.prefix($0).joined(separator: "-") + ".slice" }
      .joined(separator: "/")
  }

  /// The message at the first of these keys that the file has.
  private static func error(
    _ service: Service, _ message: String, _ keys: [String], hint: String
  ) -> Diagnostic {
    let key = keys.first { service.source.has($0) } ?? keys[keys.count - 1]
    return service.source.diagnostic(.error, message, part: key, hint: hint)
  }

  private static func text(_ number: Double) -> String { GoText.of(number) }

  /// The numbers of `0-2,4`; nil for what is no such list.
  package static func cpuset(_ text: String) -> Set<Int>? {
    var numbers: Set<Int> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
        .map { Int($0.drop { $0 == " " }) }
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
        first >= 0, last >= first, last < mostProcessors
      else { return nil }
      numbers.formUnion(first...last)
    }
    return numbers
  }

  /// More processors than Linux counts on any machine.
  private static let mostProcessors = 65_536
}
