import Compose
import Model
import State

extension Reconciler {
  /// Plans the networks that the selected services use, or all.
  mutating func planNetworks() {
    let keys = input.project.networkKeys(of: services)
    for network in each(keys, input.project.network) { planNetwork(network) }
  }

  /// What keys of the file stand for, each once, in the order in which it is used first.
  private func each<Resource>(_ keys: [String], _ find: (String) -> Resource?) -> [Resource] {
    var seen: Set<String> = []
    return keys.filter { seen.insert($0).inserted }.compactMap(find)
  }

  private mutating func planNetwork(_ network: Network) {
    let found = input.observed.network(network.name)
    if network.isExternal {
      // The default bridge is made when the first container comes to it.
      if network.name == "bridge" { return }
      if found == nil { errors.append(missing("network", network.name, network.source)) }
      return
    }
    guard let found else {
      networkOperations[network.name] = plan.add(
        .createNetwork(key: network.key, name: network.name), because: "no such network yet")
      return
    }
    guard found.project == input.project.name else {
      errors.append(foreign("network", network.name, network.source, owner: found.project))
      return
    }
    let hash = input.networkHashes[network.key] ?? ""
    guard found.configHash != hash, !hash.isEmpty else { return }
    planReplacement(of: network)
  }

  // A network cannot change while containers are on it: they are stopped, those first that depend on
  // others, and started again by the plan since they are seen as stopped from here on. They get
  // addresses of the new network then.
  private mutating func planReplacement(of network: Network) {
    let reason = "the configuration of network \(network.key) changed"
    let members = input.observed.containers.filter { container in
      container.record.networking.attachments.contains { $0.network == network.name }
    }
    let active = members.filter { $0.isActive && $0.networks.contains(network.name) }
    guard checkStrangers(on: network, runs: active.filter(\.record.isOneOff)) else { return }
    let order = graph.startOrder
    func place(_ container: ObservedContainer) -> Int {
      order.firstIndex(of: container.record.service) ?? order.count
    }
    var stops: [Int] = []
    for (_, member) in active.enumerated().sorted(by: {
      (place($1.element), $0.offset) < (place($0.element), $1.offset)
    }) {
      // Two of its networks may have changed.
      if let stop = stopped[member.record.id] {
        stops.append(stop.operation)
        continue
      }
      let id = plan.addStop(
        of: member.record.existing, because: reason,
        after: dependentStops(of: member.record.service))
      stopped[member.record.id] = Stop(operation: id, reason: reason)
      stops.append(id)
    }
    let removal = plan.add(
      .removeNetwork(name: network.name, leaving: Set(members.map(\.record.id))),
      because: reason, after: stops)
    networkOperations[network.name] = plan.add(
      .createNetwork(key: network.key, name: network.name), because: reason, after: [removal])
  }

  /// Refuses to make a network anew under containers that the plan cannot stop and start again.
  private mutating func checkStrangers(on network: Network, runs: [ObservedContainer]) -> Bool {
    let strangers =
      (input.strangers[network.name] ?? []) + runs.map { "container \($0.record.name) of `run`" }
    guard !strangers.isEmpty else { return true }
    let who = strangers.joined(separator: ", ")
    errors.append(
      network.source.diagnostic(
        .error,
        "the configuration of network \(network.name) changed, and it cannot be made anew while "
          + "\(who) \(strangers.count == 1 ? "is" : "are") on it",
        hint: "take them off with `roost network disconnect \(network.name) CONTAINER`, or remove "
          + "them, and repeat"))
    return false
  }

  /// Plans the named volumes that the selected services use, or all.
  mutating func planVolumes() {
    let keys = input.project.volumeKeys(of: services)
    for volume in each(keys, input.project.volume) { planVolume(volume) }
  }

  private mutating func planVolume(_ volume: Volume) {
    let found = input.observed.volume(volume.name)
    if volume.isExternal {
      if found == nil { errors.append(missing("volume", volume.name, volume.source)) }
      return
    }
    guard let found else {
      volumeOperations[volume.name] = plan.add(
        .createVolume(key: volume.key, name: volume.name), because: "no such volume yet")
      return
    }
    if input.renewedVolumes.contains(volume.name) { return planRenewal(of: volume) }
    let hash = input.volumeHashes[volume.key] ?? ""
    if found.project == input.project.name, found.configHash != hash, !hash.isEmpty {
      warnings.append(
        volume.source.diagnostic(
          .warning,
          "the configuration of volume \(volume.name) changed, but it is kept: it may hold data",
          hint: "`roost up -y` makes it anew, without what is in it now"))
    } else if found.project != input.project.name {
      warnings.append(
        volume.source.diagnostic(
          .warning, "volume \(volume.name) already exists but was not created by this project",
          hint: "use `external: true` to say that this is meant"))
    }
  }

  // A volume cannot go while containers have it: these are removed first, those before which others
  // depend on, and made anew after it.
  private mutating func planRenewal(of volume: Volume) {
    let reason = "the configuration of volume \(volume.key) changed"
    let members = input.observed.containers.filter { $0.mounts(volume.name) }
    let remade = Set(services.map(\.name)).subtracting(input.prepared)
    let others = members.filter { $0.record.isOneOff || !remade.contains($0.record.service) }
    guard checkStrangers(with: volume, others) else { return }
    let order = graph.startOrder
    var removals: [Int] = []
    for name in order.reversed() {
      for member in members where member.record.service == name {
        if let removal = removedFirst[member.record.id] {
          removals.append(removal)
          continue
        }
        planDependentStops(of: name)
        let removal = planRemoval(of: member, because: reason, after: dependentStops(of: name))
        removedFirst[member.record.id] = removal
        removals.append(removal)
      }
    }
    let removal = plan.add(
      .removeVolume(name: volume.name), because: reason, after: removals)
    volumeOperations[volume.name] = plan.add(
      .createVolume(key: volume.key, name: volume.name), because: reason, after: [removal])
  }

  /// Refuses to make a volume anew that containers have which the plan does not make anew.
  private mutating func checkStrangers(
    with volume: Volume, _ others: [ObservedContainer]
  ) -> Bool {
    let users =
      (input.volumeStrangers[volume.name] ?? []) + others.map { "container \($0.record.name)" }
    guard !users.isEmpty else { return true }
    errors.append(
      volume.source.diagnostic(
        .error,
        "the configuration of volume \(volume.name) changed, and it cannot be made anew while "
          + "\(users.joined(separator: ", ")) \(users.count == 1 ? "has" : "have") it",
        hint: "remove them, or bring up all services at once, and repeat"))
    return false
  }

  private func missing(_ kind: String, _ name: String, _ source: SourceMap) -> Diagnostic {
    let known =
      kind == "network"
      ? input.observed.networks.map(\.name)
      : input.observed.volumes.map(\.name)
    let near = Suggestion.nearest(to: name, in: known).map { "did you mean \($0)?" }
    return source.diagnostic(
      .error, "\(kind) \(name) is declared as external, but could not be found",
      hint: near ?? "create it first, or remove `external: true`")
  }

  private func foreign(
    _ kind: String, _ name: String, _ source: SourceMap, owner: String?
  ) -> Diagnostic {
    let who = owner.map { "belongs to project \($0)" } ?? "was not made by a project"
    return source.diagnostic(
      .error, "\(kind) \(name) exists already and \(who)",
      hint: "use `external: true` to share it, or give this one another `name`")
  }
}
