import Glibc
import Linux

extension RecordingKernel: NamespaceCalls {
  package func unshare(_ namespaces: NamespaceKinds) throws(SyscallError) {
    try note("unshare \(CallText.namespaces(namespaces))")
  }

  package func join(_ descriptor: Int32, _ namespaces: NamespaceKinds) throws(SyscallError) {
    try note("setns \(name(descriptor)) \(CallText.namespaces(namespaces))")
  }

  package func isNamespace(_ path: String) -> Bool { exists(path) }

  package func switchLoopbackOn() throws(SyscallError) { try note("loopback") }

  package func setHostname(_ name: String) throws(SyscallError) {
    try note("sethostname \(name)", path: name)
  }

  package func setDomainname(_ name: String) throws(SyscallError) {
    try note("setdomainname \(name)", path: name)
  }
}

extension RecordingKernel: PrivilegeCalls {
  package func setDumpable(_ dumpable: Bool) throws(SyscallError) {
    try note("prctl DUMPABLE \(dumpable)")
  }

  package func setName(_ name: StaticString) throws(SyscallError) {
    try note("prctl NAME \(name)")
  }

  package func startSession() { record("setsid") }

  package func joinNewSessionKeyring(_ name: String) throws(SyscallError) {
    try note("keyctl \(name)")
  }

  package func setLimit(_ resource: Int32, soft: UInt64, hard: UInt64) throws(SyscallError) {
    try note("setrlimit \(resource) \(soft) \(hard)")
    if hard > hardLimit { throw SyscallError("setrlimit", errno: EPERM) }
  }

  package func limit(_ resource: Int32) throws(SyscallError) -> (soft: UInt64, hard: UInt64) {
    (hardLimit, hardLimit)
  }

  package func setNoNewPrivileges() throws(SyscallError) { try note("prctl NO_NEW_PRIVS") }

  package func dropFromBoundingSet(_ number: Int) throws(SyscallError) {
    try note("prctl CAPBSET_DROP \(number)")
  }

  package func clearAmbientCapabilities() throws(SyscallError) {
    try note("prctl CAP_AMBIENT_CLEAR_ALL")
  }

  package func capabilities() throws(SyscallError) -> (effective: UInt64, permitted: UInt64) {
    (permitted, permitted)
  }

  package func setCapabilities(effective: UInt64, permitted: UInt64) throws(SyscallError) {
    try note("capset \(String(effective, radix: 16)) \(String(permitted, radix: 16))")
  }

  package func actOnFiles(user: uid_t, group: gid_t) throws(SyscallError) {
    try note("setfsuid \(user) \(group)")
  }

  package func setGroups(_ groups: [gid_t]) throws(SyscallError) {
    try note("setgroups \(groups.map(String.init).joined(separator: ","))")
  }

  package func setGroup(_ group: gid_t) throws(SyscallError) { try note("setgid \(group)") }

  package func setUser(_ user: uid_t) throws(SyscallError) { try note("setuid \(user)") }

  package func loadSeccomp(_ program: [UInt8]) throws(SyscallError) {
    try note("seccomp \(program.count) bytes")
  }
}

extension RecordingKernel: TerminalCalls {
  package func makeTerminal(
    _ multiplexer: OwnedDescriptor
  ) throws(SyscallError) -> PseudoTerminal {
    PseudoTerminal(controller: try descriptor("terminal"), number: 0)
  }

  package func programEnd(of terminal: PseudoTerminal) throws(SyscallError) -> OwnedDescriptor {
    try note("ioctl TIOCGPTPEER")
    return try descriptor("/dev/pts/0")
  }

  package func setTerminalSize(_ descriptor: Int32, _ size: TerminalSize) throws(SyscallError) {
    try note("ioctl TIOCSWINSZ \(name(descriptor)) \(size.rows)x\(size.columns)")
  }

  package func takeOverTerminal(_ descriptor: Int32) throws(SyscallError) {
    try note("ioctl TIOCSCTTY \(name(descriptor))")
  }
}

/// The words that stand for flags in recorded calls.
enum CallText {
  static func mountFlags(_ flags: Int) -> [String] {
    let names: [(Int, String)] = [
      (Int(MS_RDONLY), "ro"), (Int(MS_NOSUID), "nosuid"), (Int(MS_NODEV), "nodev"),
      (Int(MS_NOEXEC), "noexec"), (Int(MS_SYNCHRONOUS), "sync"), (Int(MS_REMOUNT), "remount"),
      (Int(MS_NOATIME), "noatime"), (Int(MS_BIND), "bind"), (Int(MS_REC), "rec"),
      (Int(MS_PRIVATE), "private"), (Int(MS_SLAVE), "slave"), (Int(MS_SHARED), "shared"),
      (Int(MS_RELATIME), "relatime"), (Int(MS_STRICTATIME), "strictatime"),
    ]
    return words(flags, names)
  }

  static func attributes(_ attributes: MountTree.Attributes) -> [String] {
    words(
      attributes.rawValue,
      [
        (MountTree.Attributes.readOnly.rawValue, "ro"),
        (MountTree.Attributes.noSetUser.rawValue, "nosuid"),
        (MountTree.Attributes.noDevices.rawValue, "nodev"),
        (MountTree.Attributes.noPrograms.rawValue, "noexec"),
        (MountTree.Attributes.noAccessTime.rawValue, "noatime"),
        (MountTree.Attributes.accessTime.rawValue, "strictatime"),
      ])
  }

  static func namespaces(_ kinds: NamespaceKinds) -> String {
    words(
      kinds.rawValue,
      [
        (NamespaceKinds.mount.rawValue, "mount"), (NamespaceKinds.cgroup.rawValue, "cgroup"),
        (NamespaceKinds.uts.rawValue, "uts"), (NamespaceKinds.ipc.rawValue, "ipc"),
        (NamespaceKinds.user.rawValue, "user"), (NamespaceKinds.pid.rawValue, "pid"),
        (NamespaceKinds.network.rawValue, "network"),
      ]
    ).joined(separator: " ")
  }

  // A flag without a name shows as a number, so that none goes unseen.
  private static func words<Bits: FixedWidthInteger>(
    _ flags: Bits, _ names: [(bit: Bits, name: String)]
  ) -> [String] {
    var rest = flags
    var result: [String] = []
    for (bit, name) in names where rest & bit != 0 {
      result.append(name)
      rest &= ~bit
    }
    if rest != 0 { result.append("0x\(String(rest, radix: 16))") }
    return result
  }
}
