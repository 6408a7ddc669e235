import CLinux
import Glibc

/// A mount that hangs nowhere yet: a copy of one that exists, or a new file system.
///
/// Source: open_tree(2), mount_setattr(2), move_mount(2), fsopen(2).
package final class MountTree {
  /// Flags of a mount. Source: mount_setattr(2).
  package struct Attributes: OptionSet, Sendable {
    /// The kernel's bits.
    package let rawValue: UInt64
    /// Makes a set from the kernel's bits.
    package init(rawValue: UInt64) { self.rawValue = rawValue }
    /// Nothing can be written.
    package static let readOnly = Attributes(rawValue: UInt64(LINUX_MOUNT_ATTR_RDONLY))
    /// Set-user-id bits and file capabilities do nothing.
    package static let noSetUser = Attributes(rawValue: UInt64(LINUX_MOUNT_ATTR_NOSUID))
    /// Devices cannot be opened.
    package static let noDevices = Attributes(rawValue: UInt64(LINUX_MOUNT_ATTR_NODEV))
    /// Programs cannot be run.
    package static let noPrograms = Attributes(rawValue: UInt64(LINUX_MOUNT_ATTR_NOEXEC))
    /// Reading never changes the time of access.
    package static let noAccessTime = Attributes(rawValue: UInt64(LINUX_MOUNT_ATTR_NOATIME))
    /// Reading always changes the time of access. Only for a new file system.
    package static let accessTime = Attributes(rawValue: UInt64(LINUX_MOUNT_ATTR_STRICTATIME))
  }

  /// The descriptor of its top directory or file.
  package let descriptor: OwnedDescriptor

  /// Takes over the descriptor of a mount.
  package init(_ descriptor: OwnedDescriptor) { self.descriptor = descriptor }

  /// A copy of what is at `path`, with the mounts below it if `recursive`.
  package convenience init(
    copying path: String, recursive: Bool = false, at directory: Int32 = AT_FDCWD
  ) throws(SyscallError) {
    let flags = LINUX_OPEN_TREE_CLONE | (recursive ? LINUX_AT_RECURSIVE : 0)
    self.init(
      OwnedDescriptor(
        try Syscall.check(linux_open_tree(directory, path, UInt32(flags)), "open_tree", path)))
  }

  /// A copy of the mount of an open file or directory, from there on, with the mounts below it if
  /// `recursive`; `path` is for messages.
  package convenience init(
    copying place: OwnedDescriptor, recursive: Bool = false, path: String
  ) throws(SyscallError) {
    let flags =
      LINUX_OPEN_TREE_CLONE | LINUX_AT_EMPTY_PATH | (recursive ? LINUX_AT_RECURSIVE : 0)
    self.init(
      OwnedDescriptor(
        try Syscall.check(linux_open_tree(place.raw, "", UInt32(flags)), "open_tree", path)))
  }

  /// A new file system of `type` with options such as `("size", "1k")`; an option without a value
  /// is a flag.
  package convenience init(
    newFilesystem type: String, options: [(name: String, value: String?)] = [],
    attributes: Attributes = []
  ) throws(SyscallError) {
    let context = OwnedDescriptor(try Syscall.check(linux_fsopen(type), "fsopen", type))
    for option in options {
      try Syscall.check(
        linux_fsconfig(context.raw, option.name, option.value), "fsconfig",
        "\(type): \(option.name)=\(option.value ?? "")")
    }
    try Syscall.check(linux_fsconfig(context.raw, nil, nil), "fsconfig", type)
    self.init(
      OwnedDescriptor(
        try Syscall.check(
          linux_fsmount(context.raw, UInt32(attributes.rawValue)), "fsmount", type)))
  }

  /// Sets flags, and the propagation if given (`MS_PRIVATE`, `MS_SLAVE`, `MS_SHARED`).
  package func set(
    _ attributes: Attributes, propagation: UInt64 = 0, recursive: Bool = false
  ) throws(SyscallError) {
    try Syscall.check(
      linux_mount_setattr(
        descriptor.raw, recursive ? 1 : 0, attributes.rawValue, propagation, 0), "mount_setattr")
  }

  /// Shows the owners of its files by the map of a user namespace: what belongs to n on the disk
  /// belongs to what n stands for there, and what is made is put down the other way round.
  ///
  /// Once a mount, and only before it hangs anywhere.
  ///
  /// Source: mount_setattr(2), "ID-mapped mounts".
  package func map(by userNamespace: Int32, recursive: Bool = false) throws(SyscallError) {
    try Syscall.check(
      linux_mount_setattr(
        descriptor.raw, recursive ? 1 : 0, UInt64(LINUX_MOUNT_ATTR_IDMAP), 0, userNamespace),
      "mount_setattr")
  }

  /// Mounts it on an open file or directory; `path` is for messages.
  package func attach(on place: OwnedDescriptor, path: String) throws(SyscallError) {
    try Syscall.check(linux_move_mount(descriptor.raw, place.raw, ""), "mount", path)
  }
}

/// Mounts by path.
package enum Mounts {
  /// Mounts a file system. Source: mount(2).
  package static func mount(
    _ source: String?, on target: String, type: String? = nil, flags: Int = 0,
    options: String? = nil
  ) throws(SyscallError) {
    try Syscall.check(
      Glibc.mount(source, target, type, UInt(flags), options), "mount", target)
  }

  /// Makes the mount at the working directory the root, and lets the old one go.
  ///
  /// Source: pivot_root(2), section "pivot_root(".", ".")".
  package static func becomeRoot() throws(SyscallError) {
    try Syscall.check(linux_pivot_root(".", "."), "pivot_root")
    try Syscall.check(umount2(".", Int32(MNT_DETACH)), "umount")
    try Syscall.check(chdir("/"), "chdir", "/")
  }
}
