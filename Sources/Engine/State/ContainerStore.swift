import Linux
import Model
import Runtime
import State

/// The containers on disk, one directory each.
struct ContainerStore: Sendable {
  let layout: Layout
  private let records: ContainerRecords

  init(layout: Layout) {
    self.layout = layout
    records = ContainerRecords(layout: layout)
  }

  /// The ids of all containers, complete or not.
  func identities() throws(EngineError) -> [ObjectID] {
    try readingRecords { () throws(RecordError) in try records.identities() }
  }

  /// The record of a container; nil when there is none, or only what a crash left of one.
  func record(_ id: ObjectID) throws(EngineError) -> ContainerRecord? {
    try readingRecords { () throws(RecordError) in try records.record(id) }
  }

  /// All containers, by project, service, number and time.
  func all() throws(EngineError) -> [ContainerRecord] {
    try readingRecords { () throws(RecordError) in try records.all() }
  }

  /// The containers of a project, by service, number and time.
  func containers(of project: String) throws(EngineError) -> [ContainerRecord] {
    try readingRecords { () throws(RecordError) in try records.containers(of: project) }
  }

  /// Makes a container's directories and writes its record, the record first: from then on every
  /// command finds it.
  func create(_ record: ContainerRecord) throws(EngineError) {
    let containerLayout = layout.container(record.id)
    try explaining("make container \(record.name)") { () throws(SyscallError) in
      try Files.makeDirectories(layout.containers, mode: 0o700)
      try Files.makeDirectory(containerLayout.state, mode: 0o700)
      try Files.makeDirectories(containerLayout.run, mode: 0o700)
    }
    try write(record)
    try explaining("make container \(record.name)") { () throws(SyscallError) in
      try Files.makeDirectory(containerLayout.upper)
      try Files.makeDirectory(containerLayout.work, mode: 0o700)
    }
  }

  /// Replaces a record.
  func write(_ record: ContainerRecord) throws(EngineError) {
    try writingState { () throws(SyscallError) in
      try record.write(layout.container(record.id).record)
    }
  }

  /// Removes what is on disk of a container. Nothing of it may run or be mounted any more.
  func remove(_ id: ObjectID) throws(EngineError) {
    let containerLayout = layout.container(id)
    try explaining("remove container \(id.short)") { () throws(SyscallError) in
      // The record goes first to another name: a removal that is cut short leaves a directory
      // that the next command takes for what it is.
      try Files.removeIfPresent(containerLayout.desired)
      try IDRanges.release(containerLayout)
      if Files.exists(containerLayout.run) { try Files.removeTree(containerLayout.run) }
      if Files.exists(containerLayout.state) { try Files.removeTree(containerLayout.state) }
    }
  }
}
