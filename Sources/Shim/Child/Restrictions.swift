import Glibc
import Linux
import Runtime
import State

/// Hides what tells of the machine, or would let a container change it.
enum Restrictions {
  /// Masks paths and makes others read-only; what does not exist needs neither.
  static func apply(_ spec: ContainerSpec) throws(LaunchFailure) {
    guard !spec.privileged else { return }
    try stage("masked paths") { () throws(SyscallError) in
      for path in spec.readOnlyPaths { try makeReadOnly(path) }
      for path in spec.maskedPaths { try mask(path) }
    }
  }

  /// Makes the whole root read-only, but not what is mounted in it.
  static func makeRootReadOnly() throws(LaunchFailure) {
    try stage("root file system") { () throws(SyscallError) in
      try Mounts.mount(
        nil, on: "/", flags: Int(MS_REMOUNT) | Int(MS_BIND) | Int(MS_RDONLY))
    }
  }

  private static func makeReadOnly(_ path: String) throws(SyscallError) {
    guard Files.exists(path) else { return }
    let tree = try MountTree(copying: path, recursive: true)
    try tree.set(.readOnly, recursive: true)
    try tree.attach(at: path)
  }

  // A look first: a mount that fails half-way costs the kernel a grace period, about a millisecond.
  private static func mask(_ path: String) throws(SyscallError) {
    guard Files.exists(path) else { return }
    if Files.isDirectory(path) {
      try Mounts.mount(
        "tmpfs", on: path, type: "tmpfs", flags: Int(MS_RDONLY), options: "size=0,nr_inodes=2")
    } else {
      try Mounts.mount("/dev/null", on: path, flags: Int(MS_BIND))
    }
  }
}
