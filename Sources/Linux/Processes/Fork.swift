import CLinux
import Glibc

/// Kinds of namespaces, as flags. Source: namespaces(7).
public struct NamespaceKinds: OptionSet, Sendable {
  /// The kernel's bits.
  public let rawValue: UInt64
  /// Makes a set from the kernel's bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// Mounts.
  public static let mount = NamespaceKinds(rawValue: UInt64(LINUX_CLONE_NEWNS))
  /// The view of the cgroups.
  public static let cgroup = NamespaceKinds(rawValue: UInt64(LINUX_CLONE_NEWCGROUP))
  /// Host and domain name.
  public static let uts = NamespaceKinds(rawValue: UInt64(LINUX_CLONE_NEWUTS))
  /// Shared memory, semaphores, message queues.
  public static let ipc = NamespaceKinds(rawValue: UInt64(LINUX_CLONE_NEWIPC))
  /// User and group ids, capabilities.
  public static let user = NamespaceKinds(rawValue: UInt64(LINUX_CLONE_NEWUSER))
  /// Process ids.
  public static let pid = NamespaceKinds(rawValue: UInt64(LINUX_CLONE_NEWPID))
  /// Links, addresses, ports.
  public static let network = NamespaceKinds(rawValue: UInt64(LINUX_CLONE_NEWNET))
}

/// Copies of this process, for programs with one thread only.
public enum Fork {
  /// Splits the process in two, the child in new namespaces and, on cgroup v2, in the cgroup whose
  /// directory is open.
  ///
  /// - Returns: the child in the parent, nil in the child.
  ///
  /// Source: clone3(2).
  public static func start(
    _ namespaces: NamespaceKinds = [], cgroup: OwnedDescriptor? = nil
  ) throws(SyscallError) -> PidFD? {
    var descriptor: Int32 = -1
    let pid = linux_clone_process(namespaces.rawValue, cgroup?.raw ?? -1, &descriptor)
    try Syscall.check(pid, "clone")
    return pid == 0 ? nil : PidFD(pid: pid, descriptor: OwnedDescriptor(descriptor))
  }

  /// Moves this process into new namespaces. Source: unshare(2).
  public static func unshare(_ namespaces: NamespaceKinds) throws(SyscallError) {
    try Syscall.check(linux_unshare(namespaces.rawValue), "unshare")
  }

  /// Moves this process into the namespaces of a descriptor: one namespace's file, or a pidfd.
  /// Source: setns(2).
  public static func join(
    _ descriptor: Int32, _ namespaces: NamespaceKinds, path: String? = nil
  ) throws(SyscallError) {
    try Syscall.check(linux_setns(descriptor, namespaces.rawValue), "setns", path)
  }

  /// Puts signals back to what a new program expects: defaults, and none blocked.
  public static func resetSignals() {
    for number in Int32(1)...64 where number != SIGKILL && number != SIGSTOP {
      signal(number, SIG_DFL)
    }
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
  }

  /// Marks every descriptor from `first` on as close-on-exec.
  public static func closeOnExec(from first: Int32) throws(SyscallError) {
    try Syscall.check(linux_close_range(UInt32(first), .max, 1), "close_range")
  }

  /// Closes every descriptor from `first` on.
  public static func close(from first: Int32) throws(SyscallError) {
    try Syscall.check(linux_close_range(UInt32(first), .max, 0), "close_range")
  }

}

/// What a process does that stays when others come and go.
public enum Residence {
  /// Gives back the memory that only the start needed: free memory, and code that was run.
  ///
  /// Source: malloc_trim(3), madvise(2) with `MADV_DONTNEED`.
  public static func begin() { linux_release_start_memory() }
}
