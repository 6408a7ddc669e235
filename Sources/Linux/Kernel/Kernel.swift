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
  /// A new file system that is mounted nowhere yet. Source: fsopen(2).
  func newTree(
    _ type: String, options: [(name: String, value: String?)], attributes: MountTree.Attributes
  ) throws(SyscallError) -> MountTree
  /// Sets flags of a mount, and its propagation unless that is 0. Source: mount_setattr(2).
  func set(
    _ tree: MountTree, _ attributes: MountTree.Attributes, propagation: UInt64, recursive: Bool
  ) throws(SyscallError)
  /// Mounts a tree on `path`, which must exist. Source: move_mount(2).
  func attach(_ tree: MountTree, at path: String) throws(SyscallError)
}

extension MountCalls {
  /// A copy of what is at `path` alone.
  package func copyTree(_ path: String) throws(SyscallError) -> MountTree {
    try copyTree(path, recursive: false, at: AT_FDCWD)
  }

  /// Shows the file or directory `path` on `target` as well.
  package func bind(_ path: String, on target: String) throws(SyscallError) {
    try mount(path, on: target, type: nil, flags: Int(MS_BIND), options: nil)
  }

  /// Lets nothing that is mounted or unmounted here show elsewhere.
  package func keepMountsToOurselves() throws(SyscallError) {
    try mount(nil, on: "/", type: nil, flags: Int(MS_REC) | Int(MS_SLAVE), options: nil)
  }
}

/// Calls on files. What only looks answers false or nil where there is nothing.
package protocol FileCalls {
  /// Opens a file, close-on-exec. Source: open(2).
  func open(
    _ path: String, _ flags: Int32, mode: mode_t, at directory: Int32
  ) throws(SyscallError) -> OwnedDescriptor
  /// The whole content of a file.
  func read(_ path: String) throws(SyscallError) -> [UInt8]
  /// The content of a regular file, at most `limit` bytes; nil when it is none or cannot be read.
  func regularFile(_ path: String, limit: Int) -> [UInt8]?
  /// Writes everything to an open file. Source: write(2).
  func write(_ descriptor: Int32, _ bytes: [UInt8], path: String) throws(SyscallError)
  /// Writes to a file that must exist, in one call: for files of the kernel.
  func overwrite(_ path: String, _ text: String) throws(SyscallError)
  /// The names in a directory, sorted.
  func list(_ path: String) throws(SyscallError) -> [String]
  /// What the kernel knows of a file. Source: stat(2).
  func status(_ path: String, followLinks: Bool) throws(SyscallError) -> FileStatus
  /// What the kernel knows of an open file. Source: fstat(2).
  func status(descriptor: Int32) throws(SyscallError) -> FileStatus
  /// True when something is at `path`, even a link that leads nowhere.
  func exists(_ path: String) -> Bool
  /// True when a directory is at `path` or where it leads.
  func isDirectory(_ path: String) -> Bool
  /// What a symbolic link reads. Source: readlink(2).
  func readLink(_ path: String) throws(SyscallError) -> String
  /// Makes a directory. Source: mkdir(2).
  func makeDirectory(_ path: String, mode: mode_t) throws(SyscallError)
  /// Makes a directory and those above it; existing ones stay as they are.
  func makeDirectories(_ path: String, mode: mode_t) throws(SyscallError)
  /// Makes a symbolic link at `path` that reads `target`. Source: symlink(2).
  func link(_ path: String, to target: String) throws(SyscallError)
  /// Makes a device node with exactly this mode. Source: mknod(2).
  func makeDevice(
    _ path: String, kind: FileStatus.Kind, major: UInt32, minor: UInt32, mode: mode_t
  ) throws(SyscallError)
  /// Removes a file or link if it is there. Source: unlink(2).
  func removeIfPresent(_ path: String) throws(SyscallError)
  /// Changes owner and group, of the link itself if it is one. Source: lchown(2).
  func setOwner(_ path: String, user: uid_t, group: gid_t) throws(SyscallError)
  /// Changes owner and group of an open file; `path` is for messages. Source: fchown(2).
  func setOwner(
    descriptor: Int32, user: uid_t, group: gid_t, path: String?
  ) throws(SyscallError)
  /// Changes the permission bits of an open file. Source: fchmod(2).
  func setMode(descriptor: Int32, _ mode: mode_t, path: String) throws(SyscallError)
  /// Changes the working directory. Source: chdir(2).
  func changeDirectory(_ path: String) throws(SyscallError)
  /// Takes permission bits away from what is made from now on. Source: umask(2).
  func setFileModeMask(_ mask: mode_t)
  /// Puts `from` in the place of `to`, which is inherited. Source: dup2(2).
  func replace(_ to: Int32, with from: Int32) throws(SyscallError)
  /// Marks every descriptor from `first` on as close-on-exec. Source: close_range(2).
  func closeOnExec(from first: Int32) throws(SyscallError)
}

extension FileCalls {
  /// Opens a file, close-on-exec.
  package func open(_ path: String, _ flags: Int32) throws(SyscallError) -> OwnedDescriptor {
    try open(path, flags, mode: 0o644, at: AT_FDCWD)
  }

  /// What the kernel knows of a file, or of what a link leads to.
  package func status(_ path: String) throws(SyscallError) -> FileStatus {
    try status(path, followLinks: true)
  }

  /// Makes a directory that everybody may look into.
  package func makeDirectory(_ path: String) throws(SyscallError) {
    try makeDirectory(path, mode: 0o755)
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
  /// Gets `signal` when the parent ends; 0 for none. Source: PR_SET_PDEATHSIG(2const).
  func setParentDeathSignal(_ signal: Int32) throws(SyscallError)
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
  /// Makes a terminal in the file system mounted at /dev/pts. Source: pty(7).
  func makeTerminal() throws(SyscallError) -> PseudoTerminal
  /// Changes the size of a terminal. Source: ioctl_tty(2).
  func setTerminalSize(_ descriptor: Int32, _ size: TerminalSize) throws(SyscallError)
  /// Makes a terminal that of our session. Source: ioctl_tty(2).
  func takeOverTerminal(_ descriptor: Int32) throws(SyscallError)
}
