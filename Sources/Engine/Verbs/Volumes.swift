import Glibc
import Linux
import Model
import State

extension Engine {
  /// The volumes of the machine, or those of one project, by name.
  package func volumes(project: String?) throws(EngineError) -> [VolumeSummary] {
    let store = VolumeStore(layout: layout)
    let records = try ContainerStore(layout: layout).all()
    return try store.all().filter { project == nil || $0.project == project }.map { volume in
      VolumeSummary(
        name: volume.name, driver: volume.driver, mountpoint: store.mountpoint(volume),
        project: volume.project, created: volume.created, labels: volume.labels,
        options: volume.options, isAnonymous: volume.isAnonymous,
        usedBy: records.filter { record in
          record.mounts.contains { $0.kind == .volume && $0.source == volume.name }
        }.map(\.name))
    }
  }

  /// Removes a volume that no container mounts. With `force` one that is not there is not an error.
  package func removeVolume(_ name: String, force: Bool) throws(EngineError) {
    try removeLeftovers()
    let all = try volumes(project: nil)
    guard let volume = all.first(where: { $0.name == name }) else {
      if force { return }
      throw EngineError(
        "no such volume: \(name)",
        hint: Suggestion.nearest(to: name, in: all.map(\.name)).map { "did you mean \($0)?" })
    }
    guard volume.usedBy.isEmpty else {
      throw EngineError(
        "volume \(name) is used by \(volume.usedBy.joined(separator: ", "))",
        hint: "remove those containers first")
    }
    try VolumeStore(layout: layout).remove(name)
  }

  /// Removes volumes that no container mounts: anonymous ones, with `named` all. Returns their
  /// names and sizes.
  package func pruneVolumes(named: Bool) throws(EngineError) -> [(name: String, size: Int64)] {
    try removeLeftovers()
    let store = VolumeStore(layout: layout)
    var removed: [(name: String, size: Int64)] = []
    for volume in try volumes(project: nil)
    where volume.usedBy.isEmpty && (named || volume.isAnonymous) {
      let size = DirectorySize.bytes(of: layout.volume(volume.name))
      try store.remove(volume.name)
      removed.append((volume.name, size))
    }
    return removed
  }
}

/// The space that a directory takes.
enum DirectorySize {
  static func bytes(of path: String) -> Int64 {
    guard let status = try? Files.status(path, followLinks: false) else { return 0 }
    guard status.kind == .directory else { return status.size }
    let names = (try? Files.listIfPresent(path)) ?? []
    return names.reduce(0) { $0 + bytes(of: "\(path)/\($1)") }
  }
}
