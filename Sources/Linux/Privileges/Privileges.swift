import CLinux
import Glibc

/// What this process may do. All of it is for programs with one thread.
package enum Privileges {
  /// Gets `signal` when the parent ends; 0 for none. Source: PR_SET_PDEATHSIG(2const).
  package static func setParentDeathSignal(_ signal: Int32) throws(SyscallError) {
    try control(LINUX_PR_SET_PDEATHSIG, UInt(signal))
  }

  /// Becomes the parent of descendants whose own parent ended.
  /// Source: PR_SET_CHILD_SUBREAPER(2const).
  package static func becomeSubreaper() throws(SyscallError) {
    try control(LINUX_PR_SET_CHILD_SUBREAPER, 1)
  }

  /// Hides our memory and files under /proc from others, even from those with our user id.
  /// Source: PR_SET_DUMPABLE(2const).
  package static func setDumpable(_ dumpable: Bool) throws(SyscallError) {
    try control(LINUX_PR_SET_DUMPABLE, dumpable ? 1 : 0)
  }

  /// No program gains rights from now on. Source: PR_SET_NO_NEW_PRIVS(2const).
  package static func setNoNewPrivileges() throws(SyscallError) {
    try control(LINUX_PR_SET_NO_NEW_PRIVS, 1)
  }

  /// Sets the name that `ps` shows, at most 15 bytes. Source: PR_SET_NAME(2const).
  package static func setName(_ name: StaticString) throws(SyscallError) {
    try control(LINUX_PR_SET_NAME, UInt(bitPattern: name.utf8Start))
  }

  /// Takes a capability away for good, from this process and all it starts. One that the kernel
  /// does not know is not an error. Source: PR_CAPBSET_DROP(2const).
  package static func dropFromBoundingSet(_ number: Int) throws(SyscallError) {
    if linux_prctl(Int32(LINUX_PR_CAPBSET_DROP), UInt(number), 0) < 0, errno != EINVAL {
      throw SyscallError("prctl PR_CAPBSET_DROP")
    }
  }

  /// Empties the ambient set. Source: PR_CAP_AMBIENT(2const).
  package static func clearAmbientCapabilities() throws(SyscallError) {
    try control(LINUX_PR_CAP_AMBIENT, UInt(LINUX_PR_CAP_AMBIENT_CLEAR_ALL))
  }

  /// Sets effective and permitted capabilities; the inheritable set becomes empty.
  /// Source: capset(2).
  package static func setCapabilities(
    effective: UInt64, permitted: UInt64
  ) throws(SyscallError) {
    try Syscall.check(linux_set_capabilities(effective, permitted, 0), "capset")
  }

  /// The effective and permitted capabilities. Source: capget(2).
  package static func capabilities() throws(SyscallError) -> (effective: UInt64, permitted: UInt64)
  {
    var effective: UInt64 = 0
    var permitted: UInt64 = 0
    try Syscall.check(linux_get_capabilities(&effective, &permitted), "capget")
    return (effective, permitted)
  }

  /// Acts as another user and group on files, with the same capabilities as before. What was asked
  /// for with `setParentDeathSignal` is forgotten. Source: setfsuid(2), capabilities(7).
  package static func actOnFiles(user: uid_t, group: gid_t) throws(SyscallError) {
    let before = try capabilities()
    setfsgid(group)
    setfsuid(user)
    // Neither call tells whether it had an effect, but what there was before: -1 changes nothing.
    guard setfsgid(.max) == Int32(bitPattern: group), setfsuid(.max) == Int32(bitPattern: user)
    else { throw SyscallError("setfsuid", path: "\(user)", errno: EPERM) }
    try setCapabilities(effective: before.effective, permitted: before.permitted)
  }

  /// Sets a resource limit by the kernel's number; `UInt64.max` is no limit. Source: setrlimit(2).
  package static func setLimit(
    _ resource: Int32, soft: UInt64, hard: UInt64
  ) throws(SyscallError) {
    var value = rlimit(rlim_cur: rlim_t(soft), rlim_max: rlim_t(hard))
    try Syscall.check(setrlimit(__rlimit_resource_t(resource), &value), "setrlimit")
  }

  /// Lets this process have as many files open as it may. Shells give 1024, which is meant for
  /// programs that use select(2), and too little for a large project.
  ///
  /// - Parameter least: a number that root may raise its hard limit to: for a process that works for
  ///   containers, which the bound of the shell that roost is called from is not meant for.
  package static func raiseOpenFileLimit(least: UInt64 = 0) {
    let number = Int32(RLIMIT_NOFILE.rawValue)
    guard let now = try? limit(number), now.soft < max(now.hard, least) else { return }
    // What is not given is not needed yet: where it is, the error says so.
    let most = max(now.hard, least)
    do { try setLimit(number, soft: most, hard: most) } catch {
      try? setLimit(number, soft: now.hard, hard: now.hard)
    }
  }

  /// What Docker's units for systemd have long given: 1,048,576 open files.
  package static let customaryOpenFiles: UInt64 = 1_048_576

  /// A resource limit by the kernel's number. Source: getrlimit(2).
  package static func limit(
    _ resource: Int32
  ) throws(SyscallError) -> (soft: UInt64, hard: UInt64) {
    var value = rlimit()
    try Syscall.check(getrlimit(__rlimit_resource_t(resource), &value), "getrlimit")
    return (UInt64(value.rlim_cur), UInt64(value.rlim_max))
  }

  /// Loads a compiled seccomp program. Source: seccomp(2).
  package static func loadSeccomp(_ program: [UInt8]) throws(SyscallError) {
    let instructionSize = 8
    try Syscall.check(
      linux_load_seccomp(program, UInt16(clamping: program.count / instructionSize)), "seccomp")
  }

  /// Leaves the session keyring we were given for a new one. Source: keyctl(2).
  package static func joinNewSessionKeyring(_ name: String) throws(SyscallError) {
    try Syscall.check(linux_join_session_keyring(name), "keyctl")
  }

  /// Lets a program decide over the devices of a cgroup of version 2. Source: bpf(2).
  package static func attachDeviceProgram(
    _ instructions: [UInt64], to cgroup: OwnedDescriptor
  ) throws(SyscallError) {
    try Syscall.check(
      linux_attach_device_program(cgroup.raw, instructions, UInt32(instructions.count)), "bpf")
  }

  private static func control(_ option: Int, _ value: UInt) throws(SyscallError) {
    try Syscall.check(linux_prctl(Int32(option), value, 0), "prctl")
  }
}
