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

  /// Makes a container's directories with its record, what its shim runs, and whatever else `fill`
  /// writes into the directory that it is given. All of it is there at once, so that every command
  /// finds a container or none.
  func create(
    _ record: ContainerRecord, _ spec: ContainerSpec,
    _ fill: (ContainerLayout) throws(SyscallError) -> Void = { _ in }
  ) throws(EngineError) {
    let containerLayout = layout.container(record.id)
    try explaining("make container \(record.name)") { () throws(SyscallError) in
      try Files.makeDirectories(layout.containers, mode: 0o700)
      try WholeDirectory.make(containerLayout.state, mode: 0o700) {
        (directory) throws(SyscallError) in
        let made = ContainerLayout(state: directory, run: containerLayout.run)
        try record.write(made.record)
        try spec.write(made.spec)
        try Files.makeDirectory(made.upper)
        try Files.makeDirectory(made.work, mode: 0o700)
        try fill(made)
      }
      // Only now: a run directory without a container is what a crash left.
      try Files.makeDirectories(containerLayout.run, mode: 0o700)
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
      try IDRanges.release(containerLayout)
      // From here on there is no container, whatever can be removed of it.
      try WholeDirectory.remove(containerLayout.state)
      try Files.removeTree(containerLayout.run)
    }
  }
}
