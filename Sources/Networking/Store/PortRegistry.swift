import Linux
import Model
import State

/// The published ports of running containers, as files below the run root.
///
/// One file a container, `ports/<container>.json`. The packet filter rules are made from all of
/// them, and they tell who holds a port that another container wants.
package enum PortRegistry {
  /// The published ports of one container.
  package struct Entry: Sendable, Hashable {
    /// The container.
    package var container: ObjectID
    /// Whose ports these are, for messages: `service web of project shop`.
    package var owner: String
    /// The ports.
    package var ports: [PublishedPort]
  }

  /// The entries of all containers. Files that are no entries, and what a crash tore, are passed
  /// over; an entry of a newer roost is refused, since without its ports the rules would be wrong.
  package static func entries(_ layout: Layout) throws(NetworkError) -> [Entry] {
    try ContainerFiles(directory: directory(layout), suffix: suffix)
      .records { (path) throws(RecordError) in try PortReservation.read(path) }
      .map { container, record in
        Entry(container: container, owner: record.owner, ports: record.ports)
      }
  }

  static func write(_ layout: Layout, _ entry: Entry) throws(SyscallError) {
    guard !entry.ports.isEmpty else { return try remove(layout, container: entry.container) }
    try Files.makeDirectories(directory(layout), mode: 0o700)
    try PortReservation(owner: entry.owner, ports: entry.ports)
      .write(path(layout, entry.container))
  }

  static func remove(_ layout: Layout, container: ObjectID) throws(SyscallError) {
    try Files.removeIfPresent(path(layout, container))
  }

  private static let suffix = ".json"

  private static func directory(_ layout: Layout) -> String { "\(layout.runRoot)/ports" }

  private static func path(_ layout: Layout, _ container: ObjectID) -> String {
    "\(directory(layout))/\(container.hex)\(suffix)"
  }
}
