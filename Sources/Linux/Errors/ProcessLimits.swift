import Glibc

/// Which limit kept a process or a thread from being made.
enum ProcessLimits {
  /// A sentence that names it.
  static var text: String {
    if let (path, limit) = ControlGroupLimit.reached("pids", current: "pids.current", "pids.max") {
      return "the limit of \(limit) processes and threads of the cgroup \(path) is reached: raise "
        + "its pids.max, or end some"
    }
    // Memory for the stack is refused in the same words.
    if let memory = MemoryLimits.addressSpace { return memory }
    let number = OwnLimit.soft(__RLIMIT_NPROC).map { ", here \($0)" } ?? ""
    return "no further process or thread can be made: see `ulimit -u`\(number), pids.max of the "
      + "cgroup, and kernel.pid_max and kernel.threads-max of this machine"
  }
}

/// Which limit kept memory from being given.
enum MemoryLimits {
  /// A sentence that names it.
  static var text: String {
    if let addressSpace { return addressSpace }
    if let (path, limit) = ControlGroupLimit.smallest(
      "memory", ["memory.max", "memory.limit_in_bytes"])
    {
      return "there is not enough memory: the cgroup \(path) may have \(limit >> 20) MiB"
    }
    return "there is not enough memory: end what uses it, or add some"
  }

  /// The limit of this process, if it has one.
  static var addressSpace: String? {
    OwnLimit.soft(RLIMIT_AS).map {
      "the limit of \($0 >> 20) MiB of memory of a process is reached: raise it with `ulimit -v`"
    }
  }
}

/// Limits of the cgroups that this process is in. Source: cgroups(7).
enum ControlGroupLimit {
  /// The cgroup whose limit is reached, of ours and those above it.
  static func reached(
    _ controller: String, current: String, _ limit: String
  ) -> (path: String, limit: UInt64)? {
    for directory in directories(controller) {
      guard let most = number("\(directory)/\(limit)"),
        let used = number("\(directory)/\(current)"), used >= most
      else { continue }
      return (directory, most)
    }
    return nil
  }

  /// The cgroup with the smallest limit.
  static func smallest(
    _ controller: String, _ names: [String]
  ) -> (path: String, limit: UInt64)? {
    let found = directories(controller).flatMap { directory in
      names.compactMap { name in number("\(directory)/\(name)").map { (directory, $0) } }
    }
    // Version 1 writes the largest number for no limit.
    return found.filter { $0.1 < UInt64(Int64.max) & ~0xFFFF }.min { $0.1 < $1.1 }
  }

  private static func number(_ path: String) -> UInt64? {
    (try? Files.readText(path)).flatMap { UInt64($0.prefix { $0.isNumber }) }
  }

  /// The directories of our cgroup and those above it, where they are usually mounted.
  private static func directories(_ controller: String) -> [String] {
    guard let text = try? Files.readText("/proc/self/cgroup") else { return [] }
    var result: [String] = []
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isUnified = fields[1].isEmpty
      guard isUnified || fields[1].split(separator: ",").contains(Substring(controller)) else {
        continue
      }
      let mount = "/sys/fs/cgroup" + (isUnified ? "" : "/\(controller)")
      var path = String(fields[2])
      while path.count > 1 {
        result.append(mount + path)
        path = Files.parent(of: path)
      }
    }
    return result
  }
}
