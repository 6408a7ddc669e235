import Glibc
import Linux
import Runtime
import State

/// Hides what tells of the machine, or would let a container change it.
struct Restrictions {
  let inside: RootedDirectory
  let null: NullDevice
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
      try kernel.set(
        MountTree(inside.descriptor), .readOnly, propagation: 0, recursive: false)
    }
  }

  /// The place of a path, or nil when nothing is there. A link would leave what it is about as it
  /// is, and have something else covered.
  private func place(_ path: String) throws(SyscallError) -> OwnedDescriptor? {
    do throws(SyscallError) {
      return try inside.open(path, .withoutLinks)
    } catch {
      guard error.errno == ENOENT || error.errno == ENOTDIR else { throw error }
      return nil
    }
  }

  private func makeReadOnly(_ path: String) throws(SyscallError) {
    guard let place = try place(path) else { return }
    let tree = try kernel.copyTree(of: place, recursive: true, path: path)
    try kernel.set(tree, .readOnly, propagation: 0, recursive: true)
    try kernel.attach(tree, on: place, path: path)
  }

  // A look first: a mount that fails half-way costs the kernel a grace period, about a millisecond.
  private func mask(_ path: String) throws(SyscallError) {
    guard let place = try place(path) else { return }
    let isDirectory = try kernel.status(descriptor: place.raw).kind == .directory
    let cover =
      try isDirectory
      ? kernel.newTree(
        "tmpfs", options: [("ro", nil), ("size", "0"), ("nr_inodes", "2")], attributes: .readOnly)
      : kernel.copyTree(of: null.descriptor, recursive: false, path: "/dev/null")
    try kernel.attach(cover, on: place, path: path)
  }
}
