import Compose
import Model
import State

/// Plans the end of a project, or of some of its services.
package struct DownPlanner {
  /// The project's name.
  package var name: String
  /// The loaded files; nil when the project is known by its name only.
  package var project: Project?
  /// What was found.
  package var observed: ObservedState
  /// What the user wants.
  package var options: DownOptions

  /// What `down` does.
  package struct Outcome {
    /// What is removed, and in which order.
    package var plan: Plan
    /// Networks that stay because other containers are on them.
    package var networksInUse: [String] = []
  }

  /// Makes a planner for a project; `project` is nil when it is known by its name only.
  package init(name: String, project: Project?, observed: ObservedState, options: DownOptions) {
    self.name = name
    self.project = project
    self.observed = observed
    self.options = options
  }

  /// Makes the plan.
  package func plan() -> Outcome {
    let leaving = observed.containers.filter(isRemoved)
    let services = Set(leaving.map(\.record.service))
    var planner = LifecyclePlanner(leaving)
    planner.addStops(of: services, because: "the project goes down")
    let stops = planner.plan.stops
    let removals = addRemovals(of: leaving, after: stops, to: &planner)
    // A container that was stopped is off its networks. To remove a bridge takes longer than all
    // the rest, so it begins then.
    let departures = zip(leaving, removals).map { stops[$0.record.id] ?? $1 }
    var outcome = Outcome(plan: planner.plan)
    addNetworks(after: departures, of: leaving, &outcome)
    if options.volumes, options.services.isEmpty { addVolumes(after: removals, &outcome) }
    if let images = options.images { addImages(images, after: removals, &outcome) }
    return outcome
  }

  private func isRemoved(_ container: ObservedContainer) -> Bool {
    let service = container.record.service
    if !options.services.isEmpty { return options.services.contains(service) }
    guard let project, !options.removeOrphans else { return true }
    return project.service(service) != nil || project.disabledServices.contains(service)
  }

  private func addRemovals(
    of containers: [ObservedContainer], after stops: [ObjectID: Int],
    to planner: inout LifecyclePlanner
  ) -> [Int] {
    containers.map { container in
      planner.plan.add(
        .removeContainer(container.record.existing, volumes: options.volumes),
        because: "the project goes down",
        after: [stops[container.record.id]].compactMap(\.self))
    }
  }

  private func addNetworks(
    after departures: [Int], of leaving: [ObservedContainer], _ outcome: inout Outcome
  ) {
    let ids = Set(leaving.map(\.record.id))
    let staying = observed.containers.filter { !ids.contains($0.record.id) }
    let used = Set(staying.flatMap { $0.record.networking.attachments.map(\.network) })
    for network in observed.networks where network.project == name {
      if used.contains(network.name) {
        if options.services.isEmpty { outcome.networksInUse.append(network.name) }
        continue
      }
      outcome.plan.add(
        .removeNetwork(name: network.name, leaving: ids),
        because: "no container is on it any more", after: departures)
    }
  }

  private func addVolumes(after removals: [Int], _ outcome: inout Outcome) {
    // Files may give a volume a name that other projects use too: then it is theirs as well, and
    // goes only if this project made it.
    for volume in observed.volumes where volume.project == name {
      outcome.plan.add(
        .removeVolume(name: volume.name), because: "removal of volumes was asked for",
        after: removals)
    }
  }

  private func addImages(
    _ rule: DownOptions.Images, after removals: [Int], _ outcome: inout Outcome
  ) {
    var seen: Set<String> = []
    for service in project?.services ?? []
    where options.services.isEmpty || options.services.contains(service.name) {
      guard rule == .all || (service.build != nil && service.hasDefaultImage),
        seen.insert(service.image).inserted
      else { continue }
      outcome.plan.add(
        .removeImage(name: service.image), because: "removal of images was asked for",
        after: removals)
    }
  }
}

extension Plan {
  /// The operations that stop containers.
  fileprivate var stops: [ObjectID: Int] {
    operations.reduce(into: [:]) { stops, operation in
      if case .stopContainer(let container) = operation.action {
        stops[container.id] = operation.id
      }
    }
  }
}
