import Glibc
import Linux
import Model
import Runtime

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

  /// Opens what has to be joined, while the machine's files can be seen.
  init(_ spec: ContainerSpec, _ container: ContainerLayout) throws(LaunchFailure) {
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
      user = try Self.userNamespace(of: container.sibling(id), id)
    }
    for (source, kind) in [
      (spec.namespaces.ipc, NamespaceKinds.ipc), (spec.namespaces.uts, .uts),
      (spec.namespaces.cgroup, .cgroup),
    ] {
      guard case .container(let id) = source else { continue }
      let process = try Self.process(of: container.sibling(id), id)
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

  private static func process(
    of container: ContainerLayout, _ id: ObjectID
  ) throws(LaunchFailure) -> PidFD {
    guard let record = InitRecord.read(container.initPID),
      let process = try? PidFD(record.process)
    else {
      throw LaunchFailure(
        stage: "namespaces",
        message: "container \(id.short), whose namespace is to be shared, is not running")
    }
    return process
  }

  private static func userNamespace(
    of container: ContainerLayout, _ id: ObjectID
  ) throws(LaunchFailure) -> UserTarget {
    if Files.exists(container.userNamespace) {
      return .join(try openPinned(container.userNamespace, "user"))
    }
    let process = try process(of: container, id)
    let theirs = ProcessTable.namespace("user", of: process.pid)
    if theirs == ProcessTable.namespace("user", of: getpid()) { return .none }
    return .join(
      try stage("namespaces") { () throws(SyscallError) in
        try Files.open("/proc/\(process.pid)/ns/user", O_RDONLY)
      })
  }

  /// Lets the next children of this process begin in a container's pid namespace.
  static func joinForChildren(
    _ container: ContainerLayout, of id: ObjectID
  ) throws(LaunchFailure) {
    let process = try process(of: container, id)
    try stage("namespaces") { () throws(SyscallError) in try Fork.join(process.raw, .pid) }
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
