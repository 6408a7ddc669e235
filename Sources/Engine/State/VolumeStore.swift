import Glibc
import Linux
import Model
import State

/// The volumes on disk: one directory each, with `_data` and `volume.json`.
struct VolumeStore: Sendable {
  let layout: Layout

  private func file(_ name: String) -> String { "\(layout.volume(name))/volume.json" }

  /// Where a volume's files lie.
  func mountpoint(_ volume: VolumeRecord) -> String {
    volume.boundDirectory ?? "\(layout.volume(volume.name))/_data"
  }

  /// The volume of a name; nil when there is none.
  func find(_ name: String) throws(EngineError) -> VolumeRecord? {
    guard !name.contains("/") else { return nil }
    return try readingRecords { () throws(RecordError) in try VolumeRecord.read(file(name)) }
  }

  /// All volumes by name.
  func all() throws(EngineError) -> [VolumeRecord] {
    var records: [VolumeRecord] = []
    let names = try explaining("list the volumes") { () throws(SyscallError) in
      try Files.listIfPresent(layout.volumes)
    }
    for name in names where !name.hasPrefix(".") {
      if let record = try find(name) { records.append(record) }
    }
    return records
  }

  /// Makes a volume; one that is there stays as it is.
  func create(_ record: VolumeRecord) throws(EngineError) {
    guard try find(record.name) == nil else { return }
    let directory = layout.volume(record.name)
    try explaining("make volume \(record.name)") { () throws(SyscallError) in
      try Files.makeDirectories(layout.volumes, mode: 0o700)
      do throws(SyscallError) {
        try WholeDirectory.make(directory, mode: 0o700) { (made) throws(SyscallError) in
          // The mode that containers see until they change it.
          try Files.makeDirectory("\(made)/_data")
          try record.write("\(made)/volume.json")
        }
      } catch {
        // A directory without a record, or one that another command has just made.
        guard error.errno == EEXIST || error.errno == ENOTEMPTY else { throw error }
        try Files.makeDirectories("\(directory)/_data")
        if Files.exists(file(record.name)) { return }
        try record.write(file(record.name))
      }
    }
  }

  /// Removes a volume with its files.
  func remove(_ name: String) throws(EngineError) {
    try explaining("remove volume \(name)") { () throws(SyscallError) in
      try WholeDirectory.remove(layout.volume(name))
    }
  }
}
