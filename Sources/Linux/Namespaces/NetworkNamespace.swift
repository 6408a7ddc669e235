import CLinux
import Glibc

/// Network namespaces that outlive their processes, because a bind mount holds them.
///
/// Source: network_namespaces(7), user_namespaces(7), setns(2).
package enum NetworkNamespace {
  /// Makes a new network namespace and holds it at `path`, a file that is made.
  ///
  /// With `userNamespaceAt` it belongs to a new user namespace with the given ids, held at that
  /// path: a container that runs in it has power over this network and, whatever its
  /// capabilities, none over the machine.
  package static func create(
    at path: String, userNamespaceAt userPath: String? = nil, ids: IDMap = .identity
  ) throws(SyscallError) {
    var flags = UInt64(LINUX_CLONE_NEWNET)
    if userPath != nil { flags |= UInt64(LINUX_CLONE_NEWUSER) }
    let holder = try NamespaceHolder(flags)
    defer { holder.end() }
    if let userPath {
      try UserNamespace.write(ids, of: holder.pid)
      try pin("user", of: holder.pid, at: userPath)
    }
    do throws(SyscallError) {
      try pin("net", of: holder.pid, at: path)
    } catch {
      if let userPath { try? remove(at: userPath) }
      throw error
    }
  }

  /// Lets go of a namespace held at `path`; nothing there is not an error.
  ///
  /// The namespace and its links end, a little later, with its last process.
  package static func remove(at path: String) throws(SyscallError) {
    while umount2(path, Int32(MNT_DETACH)) == 0 {}
    guard errno == EINVAL || errno == ENOENT else { throw SyscallError("umount", path: path) }
    try Files.removeIfPresent(path)
  }

  /// True when a namespace is held at `path`.
  package static func exists(at path: String) -> Bool {
    guard let descriptor = try? Files.open(path, O_RDONLY) else { return false }
    return isNamespace(descriptor.raw)
  }

  /// Moves this thread into the namespace at `path` and returns the one it left, for `enter(_:)`.
  ///
  /// Only for processes with one thread, or on a thread of one's own.
  package static func enter(path: String) throws(SyscallError) -> OwnedDescriptor {
    let target = try Files.open(path, O_RDONLY)
    let before = try Files.open("/proc/thread-self/ns/net", O_RDONLY)
    try Syscall.check(linux_setns(target.raw, UInt64(LINUX_CLONE_NEWNET)), "setns", path)
    return before
  }

  /// Moves this thread into the namespace behind a descriptor.
  package static func enter(_ descriptor: OwnedDescriptor) throws(SyscallError) {
    try Syscall.check(linux_setns(descriptor.raw, UInt64(LINUX_CLONE_NEWNET)), "setns")
  }

  /// Runs `body` on a thread of its own inside the namespace at `path` and returns its result.
  ///
  /// The calling thread stays where it is; sockets that `body` opens belong to the namespace.
  package static func within<Value>(
    path: String, _ body: () throws(SyscallError) -> Value
  ) throws(SyscallError) -> Value {
    try WorkerThread.run { () throws(SyscallError) -> Value in
      _ = try enter(path: path)
      return try body()
    }
  }

  // NSFS_MAGIC: a plain file at the path means that nothing is mounted on it (any more).
  private static func isNamespace(_ descriptor: Int32) -> Bool {
    var information = statfs()
    return fstatfs(descriptor, &information) == 0 && information.f_type == 0x6E73_6673
  }

  private static func pin(_ kind: String, of pid: Int32, at path: String) throws(SyscallError) {
    _ = try Files.open(path, O_RDONLY | O_CREAT, mode: 0o444)
    let result = mount("/proc/\(pid)/ns/\(kind)", path, nil, UInt(MS_BIND), nil)
    try Syscall.check(result, "mount", path)
  }
}
