import Glibc
import Linux
import Runtime
import State

/// Hides what tells of the machine, or would let a container change it.
struct Restrictions {
  let kernel: any Kernel

  /// Masks paths and makes others read-only; what does not exist needs neither.
  func apply(_ spec: ContainerSpec) throws(LaunchFailure) {
    guard !spec.privileged else { return }
    try stage("masked paths") { () throws(SyscallError) in
      for path in spec.readOnlyPaths { try makeReadOnly(path) }
      for path in spec.maskedPaths { try mask(path) }
    }
  }

  /// Makes the whole root read-only, but not what is mounted in it.
  func makeRootReadOnly() throws(LaunchFailure) {
    try stage("root file system") { () throws(SyscallError) in
      let flags = Int(MS_REMOUNT) | Int(MS_BIND) | Int(MS_RDONLY)
      try kernel.mount(nil, on: "/", type: nil, flags: flags, options: nil)
    }
  }

  private func makeReadOnly(_ path: String) throws(SyscallError) {
    guard kernel.exists(path) else { return }
    let tree = try kernel.copyTree(path, recursive: true, at: AT_FDCWD)
    try kernel.set(tree, .readOnly, propagation: 0, recursive: true)
    try kernel.attach(tree, at: path)
  }

  // A look first: a mount that fails half-way costs the kernel a grace period, about a millisecond.
  private func mask(_ path: String) throws(SyscallError) {
    guard kernel.exists(path) else { return }
    if kernel.isDirectory(path) {
      try kernel.mount(
        "tmpfs", on: path, type: "tmpfs", flags: Int(MS_RDONLY), options: "size=0,nr_inodes=2")
    } else {
      try kernel.bind("/dev/null", on: path)
    }
  }
}
