import Glibc

/// What the start of a container asks of Linux, between the fork and the program.
///
/// The steps of a start call it through this protocol alone, so that tests can see each call, in
/// its order and with its arguments, and let any of them fail, without being root. `LiveKernel` is
/// Linux itself.
package protocol Kernel: MountCalls, FileCalls, NamespaceCalls, PrivilegeCalls, TerminalCalls {}

/// Calls that mount.
package protocol MountCalls {
  /// Mounts a file system. Source: mount(2).
  func mount(
    _ source: String?, on target: String, type: String?, flags: Int, options: String?
  ) throws(SyscallError)
  /// Takes a mount away; whoever uses it still may. Source: umount2(2), `MNT_DETACH`.
  func unmount(_ path: String) throws(SyscallError)
  /// Makes the mount at the working directory the root, and lets the old one go.
  /// Source: pivot_root(2).
  func becomeRoot() throws(SyscallError)
  /// A copy of the mount at `path`, with those below it if `recursive`. Source: open_tree(2).
  func copyTree(
    _ path: String, recursive: Bool, at directory: Int32
  ) throws(SyscallError) -> MountTree
  /// A copy of the mount of an open file or directory, from there on; `path` is for messages.
  /// Source: open_tree(2), `AT_EMPTY_PATH`.
  func copyTree(
    of place: OwnedDescriptor, recursive: Bool, path: String
  ) throws(SyscallError) -> MountTree
  /// A new file system that is mounted nowhere yet; `source` is what mount tables show as its
  /// device. Source: fsopen(2).
  func newTree(
    _ type: String, source: String, options: [(name: String, value: String?)],
    attributes: MountTree.Attributes
  ) throws(SyscallError) -> MountTree
  /// Sets flags of a mount, and its propagation unless that is 0. Source: mount_setattr(2).
  func set(
    _ tree: MountTree, _ attributes: MountTree.Attributes, propagation: UInt64, recursive: Bool
  ) throws(SyscallError)
  /// Shows the owners of a mount's files by the map of a user namespace. Source: mount_setattr(2).
  func map(_ tree: MountTree, by userNamespace: Int32, recursive: Bool) throws(SyscallError)
  /// The name of the file system that a mount shows, or its number. Source: statfs(2).
  func fileSystemName(of tree: MountTree) -> String
  /// Mounts a tree on an open file or directory; `path` is for messages. Source: move_mount(2).
  func attach(
    _ tree: MountTree, on place: OwnedDescriptor, path: String
  ) throws(SyscallError)
}

extension MountCalls {
  /// A new file system that mount tables show by its type.
  package func newTree(
    _ type: String, options: [(name: String, value: String?)] = [],
    attributes: MountTree.Attributes
  ) throws(SyscallError) -> MountTree {
    try newTree(type, source: type, options: options, attributes: attributes)
  }

  /// Lets nothing that is mounted or unmounted here show elsewhere.
  package func keepMountsToOurselves() throws(SyscallError) {
    try mount(nil, on: "/", type: nil, flags: Int(MS_REC) | Int(MS_SLAVE), options: nil)
  }
}

/// Calls on files. Those that take a path are for files of the machine, which no container has a
/// say in; what lies in a container is found through `RootedDirectory`. What only looks answers
/// false or nil where there is nothing.
package protocol FileCalls: PathCalls {
  /// The whole content of a regular file, as `Files.readRegular` has it.
  func read(_ path: String, limit: Int) throws(SyscallError) -> [UInt8]
  /// Writes everything to an open file. Source: write(2).
  func write(_ descriptor: Int32, _ bytes: [UInt8], path: String) throws(SyscallError)
  /// Writes to a file that must exist, in one call: for files of the kernel.
  func overwrite(_ path: String, _ text: String) throws(SyscallError)
  /// The names in a directory, sorted.
  func list(_ path: String) throws(SyscallError) -> [String]
  /// What the kernel knows of a file. Source: stat(2).
  func status(_ path: String, followLinks: Bool) throws(SyscallError) -> FileStatus
  /// True when something is at `path`, even a link that leads nowhere.
  func exists(_ path: String) -> Bool
  /// What a symbolic link reads. Source: readlink(2).
  func readLink(_ path: String) throws(SyscallError) -> String
  /// Makes a directory and those above it; existing ones stay as they are.
  func makeDirectories(_ path: String, mode: mode_t) throws(SyscallError)
  /// Changes owner and group of an open file; `path` is for messages. Source: fchown(2).
  func setOwner(
    descriptor: Int32, user: uid_t, group: gid_t, path: String?
  ) throws(SyscallError)
  /// Changes owner and group of what a mount shows at its top. Source: fchownat(2).
  func setOwner(of tree: MountTree, user: uid_t, group: gid_t) throws(SyscallError)
  /// Changes the permission bits of an open file. Source: fchmod(2).
  func setMode(descriptor: Int32, _ mode: mode_t, path: String) throws(SyscallError)
  /// Changes the working directory to one of the machine's. Source: chdir(2).
  func changeDirectory(_ path: String) throws(SyscallError)
  /// Changes the working directory to an open one. Source: fchdir(2).
  func changeDirectory(to directory: OwnedDescriptor, path: String) throws(SyscallError)
  /// The working directory as the kernel names it, which does not begin with a slash when it
  /// cannot be reached from the root. Source: getcwd(2).
  func workingDirectory() throws(SyscallError) -> String
  /// Takes permission bits away from what is made from now on. Source: umask(2).
  func setFileModeMask(_ mask: mode_t)
  /// Puts `from` in the place of `to`, which is inherited. Source: dup2(2).
  func replace(_ to: Int32, with from: Int32) throws(SyscallError)
  /// Closes every descriptor from 3 on but these. Source: close_range(2).
  func closeAll(but kept: [Int32]) throws(SyscallError)
  /// Marks every descriptor from `first` on as close-on-exec. Source: close_range(2).
  func closeOnExec(from first: Int32) throws(SyscallError)
}

extension PathCalls {
  /// Opens a file of the machine, close-on-exec.
  package func open(_ path: String, _ flags: Int32) throws(SyscallError) -> OwnedDescriptor {
    try open(path, flags, mode: 0o644, at: AT_FDCWD)
  }
}

extension FileCalls {
  /// What the kernel knows of a file, or of what a link leads to.
  package func status(_ path: String) throws(SyscallError) -> FileStatus {
    try status(path, followLinks: true)
  }

  /// Makes a directory and those above it, all of which everybody may look into.
  package func makeDirectories(_ path: String) throws(SyscallError) {
    try makeDirectories(path, mode: 0o755)
  }
}

/// Calls on namespaces and what belongs to one.
package protocol NamespaceCalls {
  /// Moves this process into new namespaces. Source: unshare(2).
  func unshare(_ namespaces: NamespaceKinds) throws(SyscallError)
  /// Moves this process into the namespaces of a descriptor. Source: setns(2).
  func join(_ descriptor: Int32, _ namespaces: NamespaceKinds) throws(SyscallError)
  /// True when a namespace is held at `path`.
  func isNamespace(_ path: String) -> Bool
  /// Switches the loopback link of this network namespace on.
  func switchLoopbackOn() throws(SyscallError)
  /// Names the machine. Source: sethostname(2).
  func setHostname(_ name: String) throws(SyscallError)
  /// Sets the NIS domain's name. Source: setdomainname(2).
  func setDomainname(_ name: String) throws(SyscallError)
}

/// Calls that change what this process is and may do.
package protocol PrivilegeCalls {
  /// Shows or hides our memory and files under /proc. Source: PR_SET_DUMPABLE(2const).
  func setDumpable(_ dumpable: Bool) throws(SyscallError)
  /// Sets the name that `ps` shows, at most 15 bytes. Source: PR_SET_NAME(2const).
  func setName(_ name: StaticString) throws(SyscallError)
  /// Begins a session of our own, without a terminal. Source: setsid(2).
  func startSession()
  /// Leaves the session keyring we were given for a new one. Source: keyctl(2).
  func joinNewSessionKeyring(_ name: String) throws(SyscallError)
  /// Sets a resource limit by the kernel's number. Source: prlimit(2).
  func setLimit(_ resource: Int32, soft: UInt64, hard: UInt64) throws(SyscallError)
  /// A resource limit by the kernel's number. Source: prlimit(2).
  func limit(_ resource: Int32) throws(SyscallError) -> (soft: UInt64, hard: UInt64)
  /// No program gains rights from now on. Source: PR_SET_NO_NEW_PRIVS(2const).
  func setNoNewPrivileges() throws(SyscallError)
  /// Takes a capability away for good. Source: PR_CAPBSET_DROP(2const).
  func dropFromBoundingSet(_ number: Int) throws(SyscallError)
  /// Empties the ambient set. Source: PR_CAP_AMBIENT(2const).
  func clearAmbientCapabilities() throws(SyscallError)
  /// The effective and permitted capabilities. Source: capget(2).
  func capabilities() throws(SyscallError) -> (effective: UInt64, permitted: UInt64)
  /// Sets effective and permitted capabilities. Source: capset(2).
  func setCapabilities(effective: UInt64, permitted: UInt64) throws(SyscallError)
  /// Acts as another user and group on files, with the same capabilities as before.
  /// Source: setfsuid(2).
  func actOnFiles(user: uid_t, group: gid_t) throws(SyscallError)
  /// Sets all groups but the first. Source: setgroups(2).
  func setGroups(_ groups: [gid_t]) throws(SyscallError)
  /// Sets the group for good. Source: setgid(2).
  func setGroup(_ group: gid_t) throws(SyscallError)
  /// Sets the user for good. Source: setuid(2).
  func setUser(_ user: uid_t) throws(SyscallError)
  /// Loads a compiled seccomp program. Source: seccomp(2).
  func loadSeccomp(_ program: [UInt8]) throws(SyscallError)
}

/// Calls on terminals.
package protocol TerminalCalls {
  /// Makes a terminal of an open `ptmx`. Source: pty(7).
  func makeTerminal(_ multiplexer: OwnedDescriptor) throws(SyscallError) -> PseudoTerminal
  /// The end of a terminal that a program holds. Source: TIOCGPTPEER(2const).
  func programEnd(of terminal: PseudoTerminal) throws(SyscallError) -> OwnedDescriptor
  /// Changes the size of a terminal. Source: ioctl_tty(2).
  func setTerminalSize(_ descriptor: Int32, _ size: TerminalSize) throws(SyscallError)
  /// Makes a terminal that of our session. Source: ioctl_tty(2).
  func takeOverTerminal(_ descriptor: Int32) throws(SyscallError)
}
