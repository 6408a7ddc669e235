import Linux
import Model
import Synchronization

/// Reads the records of the containers on disk, one directory each.
package struct ContainerRecords: Sendable {
  private let layout: Layout
  private let known = KnownRuns()

  /// Makes a reader of the containers below a layout's root.
  package init(layout: Layout) { self.layout = layout }

  /// The ids of all containers, complete or not.
  package func identities() throws(RecordError) -> [ObjectID] {
    do {
      return try Files.listIfPresent(layout.containers).compactMap { ObjectID($0) }
    } catch {
      throw RecordError(.file(layout.containers), .unreadable(error))
    }
  }

  /// The record of a container; nil when there is none, or only what a crash left of one.
  ///
  /// - Throws: also when a newer roost wrote one of its other files: who took such a file for
  ///   absent would take a container that runs for one that does not.
  package func record(_ id: ObjectID) throws(RecordError) -> ContainerRecord? {
    let containerLayout = layout.container(id)
    guard let record = try ContainerRecord.read(containerLayout.record) else { return nil }
    guard !known.contains(id) else { return record }
    try containerLayout.refuseNewerRun()
    known.insert(id)
    return record
  }

  /// All containers, by project, service, number and time.
  package func all() throws(RecordError) -> [ContainerRecord] {
    var records: [ContainerRecord] = []
    for id in try identities() {
      if let record = try record(id) { records.append(record) }
    }
    return records.sorted {
      ($0.project, $0.service, $0.number, $0.created)
        < ($1.project, $1.service, $1.number, $1.created)
    }
  }

  /// The containers of a project, by service, number and time.
  package func containers(of project: String) throws(RecordError) -> [ContainerRecord] {
    try all().filter { $0.project == project }
  }
}

/// The containers whose files about their run are known to be not of a newer format.
private final class KnownRuns: Sendable {
  private let ids = Mutex<Set<ObjectID>>([])

  func contains(_ id: ObjectID) -> Bool { ids.withLock { $0.contains(id) } }
  func insert(_ id: ObjectID) { ids.withLock { _ = $0.insert(id) } }
}
