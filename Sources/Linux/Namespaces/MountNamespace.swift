import CLinux
import Glibc

/// Mount namespaces: what of the mounts of a machine a process sees.
///
/// Source: mount_namespaces(7), setns(2).
package enum MountNamespace {
  /// What tells the mount namespace of a process from others; nil when it has ended.
  package static func identity(of pid: Int32) -> String? {
    try? Files.readLink("/proc/\(pid)/ns/mnt")
  }

  /// That of this process.
  package static var ownIdentity: String? { try? Files.readLink("/proc/self/ns/mnt") }

  /// Moves this process, which must have one thread, to the mounts that another one sees. It stays in
  /// the directory of the same path.
  package static func enter(of pid: Int32) throws(SyscallError) {
    let path = "/proc/\(pid)/ns/mnt"
    let directory = try Files.readLink("/proc/self/cwd")
    let target = try Files.open(path, O_RDONLY)
    try Syscall.check(linux_setns(target.raw, UInt64(LINUX_CLONE_NEWNS)), "setns", path)
    try Syscall.check(chdir(directory), "chdir", directory)
  }
}
