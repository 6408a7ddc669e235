import Compose
import Model
import State

extension Reconciler {
  /// Why a container has to be made anew; nil when it is as it should be.
  func staleness(of container: ObservedContainer, _ service: Service) -> String? {
    if let name = input.renewedVolumes.sorted().first(where: container.mounts) {
      return "volume \(name) is made anew"
    }
    let isTarget = targets.contains(service.name)
    switch input.options.recreate {
    case .never: return nil
    case .always where isTarget: return "recreation was asked for"
    case .always, .whenChanged: break
    }
    if !isTarget, input.options.alwaysRecreateDependencies {
      return "recreation of dependencies was asked for"
    }
    return configurationChange(container, service) ?? (isTarget ? renewal(container) : nil)
      ?? imageChange(container, service)
      ?? mountedImageChange(container) ?? networkChange(container, service)
      ?? volumeChange(container, service) ?? ownerChange(container, service)
  }

  private func renewal(_ container: ObservedContainer) -> String? {
    guard input.options.renewAnonymousVolumes, container.record.mounts.contains(where: \.anonymous)
    else { return nil }
    return "its anonymous volumes are to be new"
  }

  private func configurationChange(
    _ container: ObservedContainer, _ service: Service
  ) -> String? {
    guard let hash = input.serviceHashes[service.name], hash != container.record.configHash else {
      return nil
    }
    guard let old = try? JSON.parse(container.record.configuration) else {
      return "its configuration changed"
    }
    let keys = Configuration.changedKeys(old: old, new: service.configuration.json)
    guard !keys.isEmpty else { return "its configuration changed" }
    let shown = keys.prefix(4).joined(separator: ", ")
    return keys.count > 4 ? "\(shown) and \(keys.count - 4) more changed" : "\(shown) changed"
  }

  private func imageChange(_ container: ObservedContainer, _ service: Service) -> String? {
    switch input.images[service.name] {
    case .present(let id, _) where id != container.record.imageID:
      "image \(service.image) is another one now"
    case .toBuild: "its image is built"
    case .toPull: "its image is pulled"
    case .present, nil: nil
    }
  }

  /// A mounted image keeps the name, but another one may have it now.
  private func mountedImageChange(_ container: ObservedContainer) -> String? {
    let stale = container.record.mounts.first { mount in
      guard let old = mount.imageID, let new = input.mountedImages[mount.source] else {
        return false
      }
      return mount.kind == .image && old != new
    }
    return stale.map { "image \($0.source), mounted at \($0.target), is another one now" }
  }

  private func networkChange(_ container: ObservedContainer, _ service: Service) -> String? {
    guard container.status == .running else { return nil }
    let missing = service.networks.first { attachment in
      guard let network = input.project.network(attachment.network) else { return false }
      return !container.networks.contains(network.name)
    }
    return missing.map { "it is not on network \($0.network)" }
  }

  private func volumeChange(_ container: ObservedContainer, _ service: Service) -> String? {
    for mount in service.mounts {
      guard case .volume(let use) = mount.kind, let key = use.volume,
        let volume = input.project.volume(key)
      else { continue }
      let mounted = container.record.mounts.first { $0.target == mount.target }
      if let mounted, mounted.source != volume.name {
        return "\(mount.target) is on volume \(volume.name) now"
      }
    }
    return nil
  }

  private func ownerChange(_ container: ObservedContainer, _ service: Service) -> String? {
    if let owner = service.sharedServices.first(where: { replaced.contains($0) }) {
      return "it shares what belongs to \(owner), which is replaced"
    }
    return container.record.shares.first { !isThere($0) }.map { share in
      "it shares what belonged to \(share.service ?? share.container ?? ""), which is another container now"
    }
  }

  /// False when the owner was replaced since; a service without any container has nothing to share.
  private func isThere(_ share: SharedOwner) -> Bool {
    if let service = share.service {
      return input.observed.containers(of: service).contains { $0.record.id == share.owner }
    }
    guard let name = share.container else { return true }
    return input.namedContainers[name].map { $0 == share.owner } ?? !isMade(name)
  }

  /// True when a service of the project has a container of that name.
  private func isMade(_ name: String) -> Bool {
    input.project.services.contains { service in
      (1...max(1, input.replicas(of: service))).contains {
        input.project.containerName(of: service, index: $0) == name
      }
    }
  }
}

extension ObservedContainer {
  /// True when the file had a key of the service as the container was made.
  package func wasMade(with key: String) -> Bool {
    (try? JSON.parse(record.configuration))?[key] != nil
  }
}
