import Linux
import Model

/// Reads the records of the containers on disk, one directory each.
package struct ContainerRecords: Sendable {
  private let layout: Layout

  /// Makes a reader of the containers below a layout's root.
  package init(layout: Layout) { self.layout = layout }

  /// The ids of all containers, complete or not.
  package func identities() throws(SyscallError) -> [ObjectID] {
    try Files.listIfPresent(layout.containers).compactMap { ObjectID($0) }
  }

  /// The record of a container; nil when there is none that can be read.
  package func record(_ id: ObjectID) -> ContainerRecord? {
    StateFile.read(layout.container(id).record).flatMap { ContainerRecord(json: $0) }
  }

  /// All containers, by project, service, number and time.
  package func all() throws(SyscallError) -> [ContainerRecord] {
    try identities().compactMap(record).sorted {
      ($0.project, $0.service, $0.number, $0.created)
        < ($1.project, $1.service, $1.number, $1.created)
    }
  }

  /// The containers of a project, by service, number and time.
  package func containers(of project: String) throws(SyscallError) -> [ContainerRecord] {
    try all().filter { $0.project == project }
  }
}
