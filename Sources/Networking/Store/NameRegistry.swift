import Linux
import Model
import State

/// Who can be found by which name on which network, as files below the run root.
///
/// One file a container and network, `names/<network>/<container>.json`: written when the
/// container is connected, removed when it is disconnected. Every project's name server reads and
/// watches the directories of its own networks, so containers of two projects on one network
/// find each other and no process has to tell another.
package enum NameRegistry {
  /// One container on one network.
  package struct Entry: Sendable, Hashable {
    /// The container.
    package var container: ObjectID
    /// The name that an address is resolved to.
    package var canonicalName: String
    /// All names, the canonical one among them.
    package var names: [String]
    /// Its addresses.
    package var addresses: [IPAddress]

    /// Makes an entry.
    package init(
      container: ObjectID, canonicalName: String, names: [String], addresses: [IPAddress]
    ) {
      self.container = container
      self.canonicalName = canonicalName
      self.names = names
      self.addresses = addresses
    }
  }

  /// The directory of a network's names.
  package static func directory(_ layout: Layout, _ network: ObjectID) -> String {
    "\(layout.runRoot)/names/\(network.hex)"
  }

  /// The entries of a network. Files that are no entries, and what a crash tore, are passed over; an
  /// entry of a newer roost is refused.
  package static func entries(_ layout: Layout, network: ObjectID) throws(NetworkError) -> [Entry] {
    try ContainerFiles(directory: directory(layout, network), suffix: suffix)
      .records { (path) throws(RecordError) in try NameRecord.read(path) }
      .map { container, record in
        Entry(
          container: container, canonicalName: record.name, names: record.names,
          addresses: record.addresses)
      }
  }

  static func add(_ layout: Layout, _ endpoint: EndpointConfiguration) throws(SyscallError) {
    let record = NameRecord(
      name: endpoint.containerName, names: endpoint.names, addresses: endpoint.addresses)
    let path = path(layout, endpoint.network.id, endpoint.container)
    do throws(SyscallError) {
      try record.write(path)
    } catch {
      try Files.makeDirectories(directory(layout, endpoint.network.id), mode: 0o700)
      try record.write(path)
    }
  }

  /// Removes a container from one network.
  static func remove(
    _ layout: Layout, container: ObjectID, network: ObjectID
  ) throws(SyscallError) {
    try Files.removeIfPresent(path(layout, network, container))
  }

  /// Removes a container from all networks.
  static func remove(_ layout: Layout, container: ObjectID) throws(SyscallError) {
    for network in try Files.listIfPresent("\(layout.runRoot)/names") {
      try Files.removeIfPresent("\(layout.runRoot)/names/\(network)/\(container.hex)\(suffix)")
    }
  }

  private static let suffix = ".json"

  private static func path(
    _ layout: Layout, _ network: ObjectID, _ container: ObjectID
  ) -> String {
    "\(directory(layout, network))/\(container.hex)\(suffix)"
  }
}
