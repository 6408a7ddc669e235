import Compose
import Planning

/// Which volumes are made anew since the file says something else of them now: their data is lost, so
/// the user has to say so.
struct VolumeRenewal {
  private let convergence: Convergence
  private let services: [Service]

  init(_ convergence: Convergence, _ services: [Service]) {
    self.convergence = convergence
    self.services = services
  }

  /// The full names of those for which the user says yes, beforehand or now.
  func asked(_ observed: ObservedState) -> Set<String> {
    let changed = changed(observed)
    guard !changed.isEmpty, !convergence.options.create.assumeYes else { return Set(changed) }
    let engine = convergence.engine
    engine.progress.settle()
    return Set(
      changed.filter { name in
        engine.confirm(
          "Volume \"\(name)\" exists but doesn't match configuration in compose file. "
            + "Recreate (data will be lost)?")
      })
  }

  /// The full names of those for which the user has said yes beforehand.
  func chosen(_ observed: ObservedState) -> Set<String> {
    convergence.options.create.assumeYes ? Set(changed(observed)) : []
  }

  private func changed(_ observed: ObservedState) -> [String] {
    let project = convergence.project
    var seen: Set<String> = []
    return project.volumeKeys(of: services).compactMap { key in
      guard seen.insert(key).inserted, let volume = project.volume(key), !volume.isExternal,
        let found = observed.volume(volume.name), found.project == project.name
      else { return nil }
      let hash = convergence.hashes.volumes[key] ?? ""
      let isKnown = !hash.isEmpty && !found.configHash.isEmpty
      return isKnown && found.configHash != hash ? volume.name : nil
    }
  }
}
