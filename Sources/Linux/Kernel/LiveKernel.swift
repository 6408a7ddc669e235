import CLinux
import Glibc

/// Linux itself. What each call does is said where `Kernel` asks for it.
package struct LiveKernel: Kernel {
  /// Looks paths up name by name even where the kernel could do it at once: for tests.
  package let walksPaths: Bool

  /// Makes what needs no state.
  package init() { walksPaths = false }

  /// Makes a kernel that does without openat2(2) if asked, as before Linux 5.6.
  package init(walksPaths: Bool) { self.walksPaths = walksPaths }
}

extension LiveKernel {
  package func mount(
    _ source: String?, on target: String, type: String?, flags: Int, options: String?
  ) throws(SyscallError) {
    try Mounts.mount(source, on: target, type: type, flags: flags, options: options)
  }

  package func unmount(_ path: String) throws(SyscallError) {
    try Syscall.check(umount2(path, Int32(MNT_DETACH)), "umount", path)
  }

  package func becomeRoot() throws(SyscallError) { try Mounts.becomeRoot() }

  package func copyTree(
    _ path: String, recursive: Bool, at directory: Int32
  ) throws(SyscallError) -> MountTree {
    try MountTree(copying: path, recursive: recursive, at: directory)
  }

  package func copyTree(
    of place: OwnedDescriptor, recursive: Bool, path: String
  ) throws(SyscallError) -> MountTree {
    try MountTree(copying: place, recursive: recursive, path: path)
  }

  package func newTree(
    _ type: String, source: String, options: [(name: String, value: String?)],
    attributes: MountTree.Attributes
  ) throws(SyscallError) -> MountTree {
    try MountTree(
      newFilesystem: type, options: [("source", source)] + options, attributes: attributes)
  }

  package func set(
    _ tree: MountTree, _ attributes: MountTree.Attributes, propagation: UInt64, recursive: Bool
  ) throws(SyscallError) {
    try tree.set(attributes, propagation: propagation, recursive: recursive)
  }

  package func map(
    _ tree: MountTree, by userNamespace: Int32, recursive: Bool
  ) throws(SyscallError) {
    try tree.map(by: userNamespace, recursive: recursive)
  }

  package func fileSystemName(of tree: MountTree) -> String { tree.fileSystemName }

  package func attach(
    _ tree: MountTree, on place: OwnedDescriptor, path: String
  ) throws(SyscallError) {
    try tree.attach(on: place, path: path)
  }
}

extension LiveKernel {
  package func open(
    _ path: String, _ flags: Int32, mode: mode_t, at directory: Int32
  ) throws(SyscallError) -> OwnedDescriptor {
    try Files.open(path, flags, mode: mode, at: directory)
  }

  package func read(_ path: String, limit: Int) throws(SyscallError) -> [UInt8] {
    try Files.readRegular(path, limit: limit)
  }

  package func write(_ descriptor: Int32, _ bytes: [UInt8], path: String) throws(SyscallError) {
    try Descriptors.writeAll(descriptor, bytes, path: path)
  }

  package func overwrite(_ path: String, _ text: String) throws(SyscallError) {
    try Files.overwrite(path, text)
  }

  package func list(_ path: String) throws(SyscallError) -> [String] { try Files.list(path) }

  package func status(_ path: String, followLinks: Bool) throws(SyscallError) -> FileStatus {
    try Files.status(path, followLinks: followLinks)
  }

  package func status(descriptor: Int32) throws(SyscallError) -> FileStatus {
    try Files.status(descriptor: descriptor)
  }

  package func exists(_ path: String) -> Bool { Files.exists(path) }

  package func readLink(_ path: String) throws(SyscallError) -> String {
    try Files.readLink(path)
  }

  package func makeDirectories(_ path: String, mode: mode_t) throws(SyscallError) {
    try Files.makeDirectories(path, mode: mode)
  }

  package func setOwner(
    descriptor: Int32, user: uid_t, group: gid_t, path: String?
  ) throws(SyscallError) {
    try Syscall.check(fchown(descriptor, user, group), "chown", path)
  }

  package func setOwner(of tree: MountTree, user: uid_t, group: gid_t) throws(SyscallError) {
    try tree.setOwner(user: user, group: group)
  }

  package func setMode(descriptor: Int32, _ mode: mode_t, path: String) throws(SyscallError) {
    try Syscall.check(fchmod(descriptor, mode), "chmod", path)
  }

  package func changeDirectory(_ path: String) throws(SyscallError) {
    try Syscall.check(chdir(path), "chdir", path)
  }

  package func changeDirectory(
    to directory: OwnedDescriptor, path: String
  ) throws(SyscallError) {
    try Syscall.check(fchdir(directory.raw), "chdir", path)
  }

  package func workingDirectory() throws(SyscallError) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = try Syscall.check(linux_getcwd(&buffer, buffer.count), "getcwd")
    return String(
      decoding: buffer.prefix(Int(count) - 1).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  package func closeAll(but kept: [Int32]) throws(SyscallError) {
    try Fork.closeAll(but: kept)
  }

  package func setFileModeMask(_ mask: mode_t) { _ = umask(mask) }

  package func replace(_ to: Int32, with from: Int32) throws(SyscallError) {
    try Descriptors.replace(to, with: from)
  }

  package func closeOnExec(from first: Int32) throws(SyscallError) {
    try Fork.closeOnExec(from: first)
  }
}

extension LiveKernel {
  package func unshare(_ namespaces: NamespaceKinds) throws(SyscallError) {
    try Fork.unshare(namespaces)
  }

  package func join(_ descriptor: Int32, _ namespaces: NamespaceKinds) throws(SyscallError) {
    try Fork.join(descriptor, namespaces)
  }

  package func isNamespace(_ path: String) -> Bool { NetworkNamespace.exists(at: path) }

  package func switchLoopbackOn() throws(SyscallError) { try Loopback.switchOn() }

  package func setHostname(_ name: String) throws(SyscallError) {
    try Syscall.check(sethostname(name, name.utf8.count), "sethostname", name)
  }

  package func setDomainname(_ name: String) throws(SyscallError) {
    try Syscall.check(setdomainname(name, name.utf8.count), "setdomainname", name)
  }
}

extension LiveKernel {
  package func setDumpable(_ dumpable: Bool) throws(SyscallError) {
    try Privileges.setDumpable(dumpable)
  }

  package func setName(_ name: StaticString) throws(SyscallError) { try Privileges.setName(name) }

  package func startSession() { _ = setsid() }

  package func joinNewSessionKeyring(_ name: String) throws(SyscallError) {
    try Privileges.joinNewSessionKeyring(name)
  }

  package func setLimit(_ resource: Int32, soft: UInt64, hard: UInt64) throws(SyscallError) {
    try Privileges.setLimit(resource, soft: soft, hard: hard)
  }

  package func limit(_ resource: Int32) throws(SyscallError) -> (soft: UInt64, hard: UInt64) {
    try Privileges.limit(resource)
  }

  package func setNoNewPrivileges() throws(SyscallError) { try Privileges.setNoNewPrivileges() }

  package func dropFromBoundingSet(_ number: Int) throws(SyscallError) {
    try Privileges.dropFromBoundingSet(number)
  }

  package func clearAmbientCapabilities() throws(SyscallError) {
    try Privileges.clearAmbientCapabilities()
  }

  package func capabilities() throws(SyscallError) -> (effective: UInt64, permitted: UInt64) {
    try Privileges.capabilities()
  }

  package func setCapabilities(effective: UInt64, permitted: UInt64) throws(SyscallError) {
    try Privileges.setCapabilities(effective: effective, permitted: permitted)
  }

  package func actOnFiles(user: uid_t, group: gid_t) throws(SyscallError) {
    try Privileges.actOnFiles(user: user, group: group)
  }

  package func setGroups(_ groups: [gid_t]) throws(SyscallError) {
    try Syscall.check(setgroups(groups.count, groups), "setgroups")
  }

  package func setGroup(_ group: gid_t) throws(SyscallError) {
    try Syscall.check(setgid(group), "setgid", "\(group)")
  }

  package func setUser(_ user: uid_t) throws(SyscallError) {
    try Syscall.check(setuid(user), "setuid", "\(user)")
  }

  package func loadSeccomp(_ program: [UInt8]) throws(SyscallError) {
    try Privileges.loadSeccomp(program)
  }
}

extension LiveKernel {
  package func makeTerminal(
    _ multiplexer: OwnedDescriptor
  ) throws(SyscallError) -> PseudoTerminal {
    try PseudoTerminal(multiplexer)
  }

  package func programEnd(of terminal: PseudoTerminal) throws(SyscallError) -> OwnedDescriptor {
    try terminal.openProgramEnd()
  }

  package func setTerminalSize(_ descriptor: Int32, _ size: TerminalSize) throws(SyscallError) {
    try Terminal.setSize(descriptor, size)
  }

  package func takeOverTerminal(_ descriptor: Int32) throws(SyscallError) {
    try PseudoTerminal.takeOver(descriptor)
  }
}

extension LiveKernel: PathCalls {
  // Refused for a moment while somebody renames or mounts, where `..` is on the way.
  private static let attempts = 64

  // Missing before Linux 5.6; programs that filter system calls for us may not know it either.
  private static let hasOpenat2: Bool = {
    let probe = linux_openat2(AT_FDCWD, "/", UInt64(LINUX_O_PATH), 0, 0)
    if probe >= 0 { close(probe) }
    return probe >= 0
  }()

  package func open(
    below root: Int32, _ path: String, _ flags: Int32, mode: mode_t, _ rules: PathRules
  ) throws(SyscallError) -> OwnedDescriptor {
    if Self.hasOpenat2, !walksPaths {
      for _ in 0..<Self.attempts {
        let descriptor = linux_openat2(
          root, path, UInt64(flags), UInt64(mode), Self.resolution(rules))
        if descriptor >= 0 { return OwnedDescriptor(descriptor) }
        guard errno == EAGAIN || errno == EINTR else { throw SyscallError("open", path: path) }
      }
    }
    var walk = try PathWalk(path, below: root, rules, self)
    return try walk.open(flags, mode: mode)
  }

  private static func resolution(_ rules: PathRules) -> UInt64 {
    var flags = LINUX_RESOLVE_NO_MAGICLINKS
    flags |= rules.scope == .root ? LINUX_RESOLVE_IN_ROOT : LINUX_RESOLVE_BENEATH
    if !rules.followsLinks { flags |= LINUX_RESOLVE_NO_SYMLINKS }
    return UInt64(flags)
  }

  package func fileSystem(descriptor: Int32) throws(SyscallError) -> FileSystemType {
    var information = statfs()
    try Syscall.check(fstatfs(descriptor, &information), "fstatfs")
    return FileSystemType(rawValue: Int(information.f_type))
  }

  package func readLink(descriptor: Int32, path: String) throws(SyscallError) -> String {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      let characters = bytes.assumingMemoryBound(to: CChar.self)
      return readlinkat(
        descriptor, "", characters.baseAddress.unsafelyUnwrapped, bytes.count)
    }
    try Syscall.check(count, "readlink", path)
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  package func makeDirectory(
    _ name: String, mode: mode_t, at directory: Int32, path: String
  ) throws(SyscallError) {
    try Syscall.check(mkdirat(directory, name, mode), "mkdir", path)
  }

  package func makeLink(
    _ name: String, to target: String, at directory: Int32, path: String
  ) throws(SyscallError) {
    try Syscall.check(symlinkat(target, directory, name), "symlink", path)
  }

  package func makeDevice(
    _ name: String, _ device: DeviceNumber, mode: mode_t, at directory: Int32, path: String
  ) throws(SyscallError) {
    let before = umask(0)
    defer { umask(before) }
    let type = device.isBlock ? S_IFBLK : S_IFCHR
    try Syscall.check(
      linux_make_device(directory, name, UInt32(type | mode), device.major, device.minor), "mknod",
      path)
  }

  package func remove(
    _ name: String, isDirectory: Bool, at directory: Int32, path: String
  ) throws(SyscallError) {
    let flags = isDirectory ? AT_REMOVEDIR : 0
    try Syscall.check(
      unlinkat(directory, name, flags), isDirectory ? "rmdir" : "unlink", path)
  }

  package func setOwner(
    _ name: String, user: uid_t, group: gid_t, at directory: Int32, path: String
  ) throws(SyscallError) {
    try Syscall.check(
      fchownat(directory, name, user, group, AT_SYMLINK_NOFOLLOW), "chown", path)
  }
}
