import Glibc
import Linux
import Runtime
import State

/// How readily the kernel ends a program when memory runs out.
///
/// It is written through the machine's /proc, which no container has a say in.
struct MemoryScore {
  private let score: Int?
  private let kernel: any Kernel
  private let warn: (String) -> Void

  init(_ process: ProcessSpec, kernel: any Kernel, warn: @escaping (String) -> Void) {
    score = process.oomScoreAdjustment.map { Int($0) }
    self.kernel = kernel
    self.warn = warn
  }

  /// Sets it, or tells the user that it could not be.
  func apply() {
    guard let score else { return }
    do throws(SyscallError) {
      try kernel.overwrite("/proc/self/oom_score_adj", String(score))
    } catch {
      warn("oom_score_adj \(score): \(error.reason.lowercased()) on this host")
    }
  }
}

/// Takes away what a program may not do, in an order in which each step is still allowed.
struct ProcessPrivileges {
  let process: ProcessSpec
  let identity: UserIdentity
  let seccomp: [UInt8]?
  let kernel: any Kernel
  /// Tells the user of something that was not possible.
  let warn: (String) -> Void

  /// Limits, which need the machine's user namespace.
  func applyLimits() throws(LaunchFailure) {
    for limit in process.rlimits { try apply(limit) }
    if !process.rlimits.contains(where: { $0.name == "nofile" }) { try applyOpenFileLimit() }
  }

  /// Programs that find no limit of their own get Docker's, whatever the shell allows that roost was
  /// called from; servers want many, and some look through all that they might have.
  private func applyOpenFileLimit() throws(LaunchFailure) {
    let number = Int32(RLIMIT_NOFILE.rawValue)
    try stage("ulimits") { () throws(SyscallError) in
      let most = min(Privileges.customaryOpenFiles, try kernel.limit(number).hard)
      try kernel.setLimit(number, soft: most, hard: most)
    }
  }

  private func apply(_ limit: ResourceLimit) throws(LaunchFailure) {
    guard let number = ResourceLimit.numbers[limit.name] else {
      throw LaunchFailure(
        stage: "ulimits", message: "there is no ulimit \"\(limit.name)\" (see setrlimit(2))")
    }
    let soft = limit.soft ?? .max
    let hard = limit.hard ?? .max
    do throws(SyscallError) {
      try kernel.setLimit(number, soft: soft, hard: hard)
    } catch {
      guard error.errno == EPERM, let now = try? kernel.limit(number) else {
        throw LaunchFailure(
          stage: "ulimits", message: "ulimit \(limit.name): \(error.reason)", errno: error.errno)
      }
      // Root here may not raise hard limits: as much as there is.
      try? kernel.setLimit(number, soft: min(soft, now.hard), hard: min(hard, now.hard))
      warn(
        "ulimit \(limit.name): this host does not let root raise the hard limit above"
          + " \(now.hard == .max ? "unlimited" : String(now.hard))")
    }
  }

  /// Everything else, within the container's user namespace.
  func apply() throws(LaunchFailure) {
    try stage("privileges") { () throws(SyscallError) in
      let wanted = process.capabilities
      if process.noNewPrivileges { try kernel.setNoNewPrivileges() }
      // Loading a program needs either no_new_privs or a capability that is about to go.
      if !process.noNewPrivileges { try loadSeccomp() }
      for number in CapabilitySet.names.indices where !wanted.contains(number) {
        try kernel.dropFromBoundingSet(number)
      }
      try kernel.clearAmbientCapabilities()
      // The user last: another one than root may not change its groups.
      try kernel.setGroups(identity.groups)
      try kernel.setGroup(identity.group)
      try kernel.setUser(identity.user)
      // Another user than root keeps the bounding set only, for programs with file capabilities.
      if identity.user == 0 {
        let available = try kernel.capabilities().permitted
        let kept = wanted.bits & available
        try kernel.setCapabilities(effective: kept, permitted: kept)
      } else {
        try kernel.setCapabilities(effective: 0, permitted: 0)
      }
      if process.noNewPrivileges { try loadSeccomp() }
    }
  }

  private func loadSeccomp() throws(SyscallError) {
    if let seccomp { try kernel.loadSeccomp(seccomp) }
  }
}
