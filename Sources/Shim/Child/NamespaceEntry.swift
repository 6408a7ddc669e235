import Glibc
import Linux
import Model
import Runtime
import State

/// The containers whose namespaces are shared, by descriptor.
///
/// They are opened before the fork: in a pid namespace of its own, a process cannot find others by
/// their pids on the machine.
struct NamespaceOwners {
  private let processes: [ObjectID: PidFD]

  /// Finds the processes of all containers that the specification names.
  init(_ spec: ContainerSpec, _ container: ContainerLayout) throws(LaunchFailure) {
    let namespaces = spec.namespaces
    var processes: [ObjectID: PidFD] = [:]
    for case .container(let id) in [
      namespaces.user, namespaces.ipc, namespaces.pid, namespaces.uts, namespaces.cgroup,
    ] where processes[id] == nil {
      guard let record = InitRecord.readIfUsable(container.sibling(id).initPID),
        let process = try? PidFD(record.process)
      else { throw Self.missing(id) }
      processes[id] = process
    }
    self.processes = processes
  }

  /// The first process of a container.
  func process(_ id: ObjectID) throws(LaunchFailure) -> PidFD {
    guard let process = processes[id], !process.hasEnded else { throw Self.missing(id) }
    return process
  }

  private static func missing(_ id: ObjectID) -> LaunchFailure {
    LaunchFailure(
      stage: "namespaces",
      message: "container \(id.short), whose namespaces are to be shared, is not running")
  }

  /// Lets the next children of this process begin in the wanted pid namespace, and returns how to
  /// go back.
  func enterForChildren(_ source: Namespaces.Source) throws(LaunchFailure) -> OwnedDescriptor? {
    guard case .container(let id) = source else { return nil }
    let process = try process(id)
    return try stage("namespaces") { () throws(SyscallError) in
      let own = try Files.open("/proc/self/ns/pid", O_RDONLY)
      try Fork.join(process.raw, .pid)
      return own
    }
  }
}

/// Brings the first process into the namespaces that were not made with it.
struct NamespaceEntry {
  private enum UserTarget {
    case none
    case new
    case join(OwnedDescriptor)
  }

  private let spec: ContainerSpec
  private let network: OwnedDescriptor?
  private let user: UserTarget

  /// Opens what has to be joined later, and joins the rest, while the machine's files can be seen.
  init(
    _ spec: ContainerSpec, _ container: ContainerLayout, _ owners: NamespaceOwners
  ) throws(LaunchFailure) {
    self.spec = spec
    if case .path(let path) = spec.namespaces.network {
      network = try Self.openPinned(path, "network")
    } else {
      network = nil
    }
    switch spec.namespaces.user {
    case .host: user = .none
    case .private:
      let pinned = container.userNamespace
      user = Files.exists(pinned) ? .join(try Self.openPinned(pinned, "user")) : .new
    case .container(let id):
      user = try Self.userNamespace(of: owners.process(id))
    }
    for (source, kind) in [
      (spec.namespaces.ipc, NamespaceKinds.ipc), (spec.namespaces.uts, .uts),
      (spec.namespaces.cgroup, .cgroup),
    ] {
      guard case .container(let id) = source else { continue }
      let process = try owners.process(id)
      try stage("namespaces") { () throws(SyscallError) in try Fork.join(process.raw, kind) }
    }
  }

  private static func openPinned(
    _ path: String, _ kind: String
  ) throws(LaunchFailure) -> OwnedDescriptor {
    guard NetworkNamespace.exists(at: path) else {
      throw LaunchFailure(
        stage: "namespaces", message: "the \(kind) namespace \(path) does not exist", path: path)
    }
    return try stage("namespaces") { () throws(SyscallError) in try Files.open(path, O_RDONLY) }
  }

  private static func userNamespace(of process: PidFD) throws(LaunchFailure) -> UserTarget {
    // By path: /proc is still the machine's.
    let path = "/proc/\(process.pid)/ns/user"
    return try stage("namespaces") { () throws(SyscallError) in
      if try Files.readLink(path) == Files.readLink("/proc/self/ns/user") { return .none }
      return .join(try Files.open(path, O_RDONLY))
    }
  }

  /// Enters all but the user namespace, and names the machine.
  func enter() throws(LaunchFailure) {
    try stage("namespaces") { () throws(SyscallError) in
      if let network { try Fork.join(network.raw, .network) }
      if case .private = spec.namespaces.cgroup { try Fork.unshare(.cgroup) }
      if spec.namespaces.network == .private { try Loopback.switchOn() }
      guard case .private = spec.namespaces.uts else { return }
      let name = spec.hostname
      try Syscall.check(sethostname(name, name.utf8.count), "sethostname", name)
      // A new namespace begins with the machine's.
      let domain = spec.domainname
      try Syscall.check(setdomainname(domain, domain.utf8.count), "setdomainname", domain)
    }
  }

  /// Enters the user namespace: what was allowed before is not allowed any more.
  func enterUserNamespace(_ handshake: Handshake.Child) throws(SyscallError) {
    switch user {
    case .none: return
    case .join(let descriptor): try Fork.join(descriptor.raw, .user)
    case .new:
      try Fork.unshare(.user)
      try handshake.askForMaps()
    }
  }
}
