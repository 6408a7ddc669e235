import Linux
import Runtime
import State

/// Has the kernel list the mounts as Docker does: the root, /proc, /dev and /sys with what is below
/// them, then volumes and the files of /etc.
///
/// Since Linux 6.8 mounts are listed by their age. Those that come from the machine are older than the
/// container's root, because they are held before the machine's files are left behind; `df` would begin
/// with /etc/hosts. A copy of a mount namespace numbers all mounts anew, each after the one that it
/// hangs on. Source: mount_namespaces(7), copy_tree in the kernel's fs/namespace.c.
struct MountOrder {
  let kernel: any Kernel

  /// Numbers the mounts anew. What was opened below the old ones is opened again.
  ///
  /// Where something is mounted over the null device, and it could not be opened again, the order
  /// stays as it is: it matters less.
  func restore(
    _ inside: inout RootedDirectory, _ null: inout NullDevice
  ) throws(LaunchFailure) {
    guard null.isReachable(inside, kernel) else { return }
    let old = inside
    inside = try stage("mounts") { () throws(SyscallError) in
      try kernel.unshare(.mount)
      return try RootedDirectory(opening: "/", calls: kernel)
    }
    old.descriptor.close()
    null.descriptor.close()
    null = try NullDevice(inside, kernel)
  }
}
