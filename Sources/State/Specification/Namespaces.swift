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

  /// Which ids of the machine the ids inside stand for.
  package enum IDs: Sendable, Hashable {
    /// Each for itself: root inside is root outside, too.
    case host
    /// A range that the container alone has (`IDMapRecord`).
    case own
    /// The range of another container.
    case container(ObjectID)
  }

  /// Links, addresses, ports.
  package var network: Network
  /// What ids and capabilities mean. No capability of a private one reaches beyond the container's
  /// own namespaces.
  package var user: Source
  /// Which ids those in the user namespace stand for; of no meaning in the machine's own.
  package var ids: IDs
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
    network: Network = .private, user: Source = .private, ids: IDs = .host,
    ipc: Source = .private, pid: Source = .private, uts: Source = .private,
    cgroup: Source = .private
  ) {
    self.network = network
    self.user = user
    self.ids = ids
    self.ipc = ipc
    self.pid = pid
    self.uts = uts
    self.cgroup = cgroup
  }
}
