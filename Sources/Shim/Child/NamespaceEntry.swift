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

  /// Takes processes that were found before.
  init(_ processes: [ObjectID: PidFD]) { self.processes = processes }

  /// Finds the processes of all containers that the specification names.
  init(_ spec: ContainerSpec, _ container: ContainerLayout) throws(LaunchFailure) {
    let namespaces = spec.namespaces
    var processes: [ObjectID: PidFD] = [:]
    for case .container(let id) in [
      namespaces.user, namespaces.ipc, namespaces.pid, namespaces.uts, namespaces.cgroup,
    ] where processes[id] == nil {
      let first = try FirstProcess.find(container.sibling(id), stage: "namespaces")
      guard let first else { throw Self.missing(id) }
      processes[id] = first.process
    }
    self.processes = processes
  }

  /// The descriptors that are held.
  var descriptors: [Int32] { processes.values.map(\.raw) }

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

  /// Lets the children of this process begin in the wanted pid namespace.
  func enterForChildren(_ source: Namespaces.Source) throws(LaunchFailure) {
    guard case .container(let id) = source else { return }
    let process = try process(id)
    try stage("namespaces") { () throws(SyscallError) in try Fork.join(process.raw, .pid) }
  }
}

/// Brings the first process into the namespaces that were not made with it.
struct NamespaceEntry {
  private let spec: ContainerSpec
  private let kernel: any Kernel
  private let network: OwnedDescriptor?
  private let user: OwnedDescriptor?

  /// Opens what has to be joined later, and joins the rest, while the machine's files can be seen.
  init(
    _ spec: ContainerSpec, _ owners: NamespaceOwners, user: OwnedDescriptor?,
    _ kernel: any Kernel
  ) throws(LaunchFailure) {
    self.spec = spec
    self.user = user
    self.kernel = kernel
    if case .path(let path) = spec.namespaces.network {
      network = try Self.openPinned(path, "network", kernel)
    } else {
      network = nil
    }
    for (source, kind) in [
      (spec.namespaces.ipc, NamespaceKinds.ipc), (spec.namespaces.uts, .uts),
      (spec.namespaces.cgroup, .cgroup),
    ] {
      guard case .container(let id) = source else { continue }
      let process = try owners.process(id)
      try stage("namespaces") { () throws(SyscallError) in try kernel.join(process.raw, kind) }
    }
  }

  /// Opens a namespace that is held by a mount.
  static func openPinned(
    _ path: String, _ kind: String, _ kernel: any Kernel
  ) throws(LaunchFailure) -> OwnedDescriptor {
    guard kernel.isNamespace(path) else {
      throw LaunchFailure(
        stage: "namespaces", message: "the \(kind) namespace \(path) does not exist", path: path)
    }
    return try stage("namespaces") { () throws(SyscallError) in try kernel.open(path, O_RDONLY) }
  }

  /// The descriptors that are needed until the user namespace is entered.
  var descriptors: [Int32] { user.map { [$0.raw] } ?? [] }

  /// Enters all but the user namespace, and names the machine.
  func enter() throws(LaunchFailure) {
    try stage("namespaces") { () throws(SyscallError) in
      if let network {
        try kernel.join(network.raw, .network)
        network.close()
      }
      if case .private = spec.namespaces.cgroup { try kernel.unshare(.cgroup) }
      if spec.namespaces.network == .private { try kernel.switchLoopbackOn() }
      guard case .private = spec.namespaces.uts else { return }
      try kernel.setHostname(spec.hostname)
      // A new namespace begins with the machine's.
      try kernel.setDomainname(spec.domainname)
    }
  }

  /// Enters the user namespace: what was allowed before is not allowed any more.
  func enterUserNamespace() throws(SyscallError) {
    if let user { try kernel.join(user.raw, .user) }
  }
}
