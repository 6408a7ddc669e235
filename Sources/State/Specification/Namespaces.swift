import Model

/// Which namespaces of a container are its own. Its mount namespace always is.
///
/// Source: namespaces(7).
package struct Namespaces: Sendable, Hashable {
  /// Whose namespace a container runs in.
  package enum Source: Sendable, Hashable {
    /// One of its own.
    case `private`
    /// The machine's.
    case host
    /// That of another container, which must run.
    case container(ObjectID)
  }

  /// Whose network a container has.
  package enum Network: Sendable, Hashable {
    /// One of its own without any link but the loopback.
    case `private`
    /// The namespace pinned at a path.
    case path(String)
    /// The machine's.
    case host
  }

  /// Links, addresses, ports.
  package var network: Network
  /// User ids and the power of capabilities. In a private one each id stands for itself, and no
  /// capability reaches beyond the container's own namespaces.
  package var user: Source
  /// Shared memory, semaphores and message queues.
  package var ipc: Source
  /// Process ids.
  package var pid: Source
  /// Host and domain name.
  package var uts: Source
  /// The view of the cgroups.
  package var cgroup: Source

  /// Makes a set; everything is private unless said otherwise.
  package init(
    network: Network = .private, user: Source = .private, ipc: Source = .private,
    pid: Source = .private, uts: Source = .private, cgroup: Source = .private
  ) {
    self.network = network
    self.user = user
    self.ipc = ipc
    self.pid = pid
    self.uts = uts
    self.cgroup = cgroup
  }

  /// The user namespace a container should run in: its own unless that would take away a right
  /// that was asked for.
  ///
  /// - Parameters:
  ///   - addedCapabilities: those asked for by name (`cap_add`).
  ///   - sharesHost: it shares the machine's network, process ids or memory, gets devices of the
  ///     machine, or asks for the machine's user namespace (`userns_mode: host`).
  ///   - networkOf: the container whose network it shares, if any.
  package static func userNamespace(
    privileged: Bool, addedCapabilities: CapabilitySet, sharesHost: Bool,
    networkOf container: ObjectID? = nil
  ) -> Source {
    if privileged || sharesHost { return .host }
    guard addedCapabilities.subtracting(.meaningfulInUserNamespace).isEmpty else { return .host }
    return container.map { .container($0) } ?? .private
  }
}
