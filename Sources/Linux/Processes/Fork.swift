import CLinux
import Glibc

/// Kinds of namespaces, as flags. Source: namespaces(7).
package struct NamespaceKinds: OptionSet, Sendable {
  /// The kernel's bits.
  package let rawValue: UInt64
  /// Makes a set from the kernel's bits.
  package init(rawValue: UInt64) { self.rawValue = rawValue }
  /// Mounts.
  package static let mount = NamespaceKinds(rawValue: UInt64(LINUX_CLONE_NEWNS))
  /// The view of the cgroups.
  package static let cgroup = NamespaceKinds(rawValue: UInt64(LINUX_CLONE_NEWCGROUP))
  /// Host and domain name.
  package static let uts = NamespaceKinds(rawValue: UInt64(LINUX_CLONE_NEWUTS))
  /// Shared memory, semaphores, message queues.
  package static let ipc = NamespaceKinds(rawValue: UInt64(LINUX_CLONE_NEWIPC))
  /// User and group ids, capabilities.
  package static let user = NamespaceKinds(rawValue: UInt64(LINUX_CLONE_NEWUSER))
  /// Process ids.
  package static let pid = NamespaceKinds(rawValue: UInt64(LINUX_CLONE_NEWPID))
  /// Links, addresses, ports.
  package static let network = NamespaceKinds(rawValue: UInt64(LINUX_CLONE_NEWNET))
}

/// Copies of this process, for programs with one thread only.
package enum Fork {
  /// Splits the process in two, the child in new namespaces and, on cgroup v2, in the cgroup whose
  /// directory is open.
  ///
  /// - Returns: the child in the parent, nil in the child.
  ///
  /// Source: clone3(2).
  package static func start(
    _ namespaces: NamespaceKinds = [], cgroup: OwnedDescriptor? = nil
  ) throws(SyscallError) -> PidFD? {
    var descriptor: Int32 = -1
    let pid = linux_clone_process(namespaces.rawValue, cgroup?.raw ?? -1, &descriptor)
    try Syscall.check(pid, "clone")
    return pid == 0 ? nil : PidFD(pid: pid, descriptor: OwnedDescriptor(descriptor))
  }

  /// Moves this process into new namespaces. Source: unshare(2).
  package static func unshare(_ namespaces: NamespaceKinds) throws(SyscallError) {
    try Syscall.check(linux_unshare(namespaces.rawValue), "unshare")
  }

  /// Moves this process into the namespaces of a descriptor: one namespace's file, or a pidfd.
  /// Source: setns(2).
  package static func join(
    _ descriptor: Int32, _ namespaces: NamespaceKinds, path: String? = nil
  ) throws(SyscallError) {
    try Syscall.check(linux_setns(descriptor, namespaces.rawValue), "setns", path)
  }

  /// Puts signals back to what a new program expects: defaults, and none blocked.
  package static func resetSignals() {
    for number in Int32(1)...64 where number != SIGKILL && number != SIGSTOP {
      signal(number, SIG_DFL)
    }
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
  }

  /// Marks every descriptor from `first` on as close-on-exec.
  package static func closeOnExec(from first: Int32) throws(SyscallError) {
    try Syscall.check(linux_close_range(UInt32(first), .max, 1), "close_range")
  }

  /// Closes every descriptor from 3 on but these, and the one that a trace is written to.
  package static func closeAll(but kept: [Int32]) throws(SyscallError) {
    var first: Int32 = 3
    let all = kept + [TraceLog.descriptor].compactMap { $0 }
    for number in all.filter({ $0 >= 3 }).sorted() {
      if number > first {
        try Syscall.check(linux_close_range(UInt32(first), UInt32(number - 1), 0), "close_range")
      }
      first = max(first, number + 1)
    }
    try close(from: first)
  }

  /// Closes every descriptor from `first` on.
  package static func close(from first: Int32) throws(SyscallError) {
    try Syscall.check(linux_close_range(UInt32(first), .max, 0), "close_range")
  }
}

/// The memory of this process.
package enum ProcessMemory {
  /// Gives back the memory that only the start needed: free memory, and code that was run.
  ///
  /// Source: malloc_trim(3), madvise(2) with `MADV_DONTNEED`.
  package static func trim() { linux_release_start_memory() }
}
