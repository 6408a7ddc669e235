import Linux
import Model
import State

/// The projects on disk, one directory each.
struct ProjectStore: Sendable {
  let layout: Layout

  /// The record of a project; nil when it was never brought up.
  func record(_ name: String) throws(EngineError) -> ProjectRecord? {
    try readingRecords { () throws(RecordError) in
      try ProjectRecord.read(layout.projectRecord(name))
    }
  }

  /// The names of all projects that were brought up.
  func names() -> [String] {
    ((try? Files.listIfPresent(layout.projects)) ?? []).filter { !StandaloneProject.contains($0) }
  }

  /// Writes a record, unless it is written already.
  func write(_ record: ProjectRecord) throws(EngineError) {
    guard try self.record(record.name) != record else { return }
    try explaining("make project \(record.name)") { () throws(SyscallError) in
      try Files.makeDirectories(layout.project(record.name), mode: 0o700)
    }
    try writingState { () throws(SyscallError) in
      try record.write(layout.projectRecord(record.name))
    }
  }

  /// Forgets a project.
  func remove(_ name: String) throws(EngineError) {
    try explaining("remove project \(name)") { () throws(SyscallError) in
      try Files.removeTree(layout.project(name))
      try Files.removeTree(layout.projectRun(name))
    }
  }
}
