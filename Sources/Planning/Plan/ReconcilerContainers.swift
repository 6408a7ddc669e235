import Compose
import Model
import State

extension Reconciler {
  /// Decides which containers of a service have to be made anew. Services come in the order of
  /// starting, so that the owners of shared namespaces are decided before those who share.
  mutating func judgeContainers(of service: Service) {
    for container in input.observed.containers(of: service.name) {
      guard let reason = staleness(of: container, service) else { continue }
      verdicts[container.record.id] = reason
      replaced.insert(service.name)
    }
  }

  /// Plans the containers that a service should have: surplus ones end, stale ones are made anew,
  /// missing ones are made.
  mutating func planContainers(of service: Service) {
    guard checkCount(of: service), checkName(of: service) else { return }
    let found = input.observed.containers(of: service.name)
    let wanted = input.replicas(of: service)
    let surplus = surplus(in: found, wanted: wanted)
    for container in surplus {
      _ = planRemoval(of: container, because: "\(service.name) has \(wanted) containers now")
    }
    if replaced.contains(service.name) { planDependentStops(of: service.name) }
    let kept = found.filter { !surplus.contains($0) }
    checkUpdate(of: service)
    var slots = kept.map { container in
      if isUpdated(container, service) {
        return Slot(
          subject: .existing(container.record.existing), ready: [], startReason: "is updated",
          existing: container, isUpdated: true)
      }
      return verdicts[container.record.id].map {
        planReplacement(of: container, service, because: $0)
      }
        ?? keptSlot(container, service)
    }
    let highest = found.map(\.record.number).max() ?? 0
    for offset in 0..<max(0, wanted - kept.count) {
      slots.append(planCreation(of: service, number: highest + 1 + offset))
    }
    outcome[service.name] = slots
  }

  /// How many containers a service can have at most: more than one network has addresses for.
  private static let mostContainers = 65_536

  private mutating func checkCount(of service: Service) -> Bool {
    let wanted = input.replicas(of: service)
    guard wanted > Self.mostContainers else { return true }
    errors.append(
      service.source.diagnostic(
        .error, "service \(service.name) cannot have \(wanted) containers", part: "scale",
        hint: "\(Self.mostContainers) is the most, and one host runs far fewer"))
    return false
  }

  private mutating func checkName(of service: Service) -> Bool {
    guard service.containerName != nil, input.replicas(of: service) > 1 else { return true }
    errors.append(
      service.source.diagnostic(
        .error,
        "service \(service.name) has a container name of its own and cannot have "
          + "\(input.replicas(of: service)) containers",
        part: "container_name", hint: "remove `container_name`, or do not scale the service"))
    return false
  }

  /// What is too much: stale containers first, then those with the highest numbers.
  private func surplus(in found: [ObservedContainer], wanted: Int) -> [ObservedContainer] {
    let count = found.count - wanted
    guard count > 0 else { return [] }
    let stale = found.filter { verdicts[$0.record.id] != nil }
    let current = found.filter { verdicts[$0.record.id] == nil }
    return Array((stale.reversed() + current.reversed()).prefix(count))
  }

  private mutating func keptSlot(_ container: ObservedContainer, _ service: Service) -> Slot {
    let subject = Operation.Subject.existing(container.record.existing)
    if stopped[container.record.id] == nil, container.isActive,
      let reason = reasonToStartAgain(container, service)
    {
      let id = plan.addStop(of: container.record.existing, because: reason, after: [])
      stopped[container.record.id] = Stop(operation: id, reason: reason)
    }
    if let stop = stopped[container.record.id] {
      return Slot(
        subject: subject, ready: [stop.operation] + resources(of: service),
        startReason: stop.reason, existing: container)
    }
    return Slot(
      subject: subject, ready: resources(of: service), startReason: startReason(container),
      existing: container)
  }

  /// Why what runs has to be started again though nothing of it changed: it may be ending already, or
  /// the network that it has is one that its owner has left, or leaves with this plan.
  private func reasonToStartAgain(_ container: ObservedContainer, _ service: Service) -> String? {
    guard input.start else { return nil }
    if container.isStopping { return LifecyclePlanner.wasBeingStopped }
    for name in service.namespaceServices {
      let isStarted = outcome[name]?.contains { $0.startReason != nil } ?? false
      if isStarted || container.isCutOff {
        return "it shares what belongs to \(name), which is started"
      }
    }
    return container.isCutOff ? "the container whose network it shares was started again" : nil
  }

  private func startReason(_ container: ObservedContainer) -> String? {
    switch container.status {
    case .running, .paused, .restarting: nil
    case .created: "created but not started"
    case .exited, .dead, .removing:
      container.exitCode.map { "ended with exit code \($0)" } ?? "does not run"
    }
  }

  private mutating func planCreation(of service: Service, number: Int) -> Slot {
    let name = input.project.containerName(of: service, index: number)
    var creation = Operation.Creation(service: service.name, number: number, name: name)
    creation.postStart = service.postStart
    let reason = number == 1 ? "no container yet" : "no container \(number) yet"
    let id = plan.add(
      .createContainer(creation), because: reason,
      after: resources(of: service) + [removals[name]].compactMap(\.self))
    creations[service.name, default: []].append(id)
    namings[name] = id
    return Slot(
      subject: .created(operation: id, creation), ready: [id], startReason: "new container")
  }

  private mutating func planReplacement(
    of container: ObservedContainer, _ service: Service, because reason: String
  ) -> Slot {
    let old = container.record.existing
    var creation = Operation.Creation(
      service: service.name, number: old.number,
      name: input.project.containerName(of: service, index: old.number), replaces: old,
      keepsAnonymousVolumes: !input.options.renewAnonymousVolumes)
    creation.postStart = service.postStart
    let id = plan.add(.createContainer(creation), because: reason, after: resources(of: service))
    creations[service.name, default: []].append(id)
    let subject = Operation.Subject.created(operation: id, creation)
    var before = [id] + dependentStops(of: service.name)
    if let stop = stopped[old.id] {
      before.append(stop.operation)
    } else if container.isActive {
      before = [plan.addStop(of: old, because: "is replaced", after: before)]
    }
    let removal = plan.add(
      .removeContainer(old, volumes: input.options.renewAnonymousVolumes),
      because: "is replaced", after: before)
    removals[old.name] = removal
    let rename = plan.add(
      .renameContainer(subject), because: "takes the place of \(old.name)", after: [removal])
    namings[creation.name] = rename
    return Slot(subject: subject, ready: [rename], startReason: "replaces \(old.name)")
  }

  /// The operations after which a container of the service can be made or started.
  func resources(of service: Service) -> [Int] {
    var ids: [Int] = []
    for attachment in service.networks {
      guard let network = input.project.network(attachment.network) else { continue }
      ids += [networkOperations[network.name]].compactMap(\.self)
    }
    for mount in service.mounts {
      guard case .volume(let use) = mount.kind, let key = use.volume,
        let volume = input.project.volume(key)
      else { continue }
      ids += [volumeOperations[volume.name]].compactMap(\.self)
    }
    for owner in service.sharedServices { ids += creations[owner] ?? [] }
    ids += service.sharedContainers.compactMap { namings[$0] }
    return ids
  }

  // Dependents that asked for it are stopped before what they depend on is replaced, and started
  // again after.
  private mutating func planDependentStops(of service: String) {
    for dependent in graph.dependents(of: service) {
      let dependency = graph.dependencies(of: dependent).first { $0.service == service }
      guard dependency?.restart == true else { continue }
      for container in input.observed.containers(of: dependent)
      where container.isActive && verdicts[container.record.id] == nil
        && stopped[container.record.id] == nil
      {
        let reason = "depends on \(service), which is replaced"
        let id = plan.addStop(
          of: container.record.existing, because: reason, after: dependentStops(of: dependent))
        stopped[container.record.id] = Stop(operation: id, reason: reason)
      }
    }
  }

  func dependentStops(of service: String) -> [Int] {
    graph.dependents(of: service).flatMap { dependent in
      input.observed.containers(of: dependent).compactMap { stopped[$0.record.id]?.operation }
    }
  }
}

extension Service {
  /// The services whose containers must be there before one of this service can be made.
  package var sharedServices: [String] {
    var names = namespaceServices
    for entry in volumesFrom {
      if case .service(let name) = entry.source { names.append(name) }
    }
    return names
  }

  /// Those of them whose namespaces it has: they end when the others do.
  var namespaceServices: [String] {
    var names: [String] = []
    if case .service(let name) = networkMode { names.append(name) }
    for mode in [ipc, pid, uts, cgroup, userNamespace] {
      if case .service(let name) = mode { names.append(name) }
    }
    return names
  }

  /// The containers, by name or id, whose namespaces or volumes it has.
  package var sharedContainers: [String] {
    var names: [String] = []
    if case .container(let name) = networkMode { names.append(name) }
    for mode in [ipc, pid, uts, cgroup, userNamespace] {
      if case .container(let name) = mode { names.append(name) }
    }
    for entry in volumesFrom {
      if case .container(let name) = entry.source { names.append(name) }
    }
    return names
  }
}
