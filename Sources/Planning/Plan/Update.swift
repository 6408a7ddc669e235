import Compose
import Model
import State

extension Operation {
  /// The look at the new containers of a group, before the former ones go for good
  /// (`deploy.update_config`).
  package struct UpdateCheck: Sendable, Hashable {
    /// One container that takes another one's place.
    package struct Pair: Sendable, Hashable {
      /// The one that goes.
      package var former: Existing
      /// The one that comes.
      package var successor: Subject
    }

    /// The service.
    package var service: String
    /// The containers of this group.
    package var group: [Pair]
    /// Those of earlier groups, whose former containers are still there when they can be needed.
    package var earlier: [Pair] = []
    /// How the service is updated.
    package var settings: UpdateConfig
    /// True when the containers are replaced one beside the other rather than one after the other.
    package var startsFirst: Bool
    /// True when the containers have a healthcheck.
    package var waitsForHealth: Bool
    /// How many of all containers of the service may fail without an end of the update.
    package var tolerated: Int
    /// True when a further group comes, after the pause between groups.
    package var hasNext: Bool
  }
}

extension Reconciler {
  /// True when a stale container is replaced with others in groups, once its service may start.
  func isUpdated(_ container: ObservedContainer, _ service: Service) -> Bool {
    input.start && service.update != nil && sharer(of: service) == nil && container.isActive
      && verdicts[container.record.id] != nil && stopped[container.record.id] == nil
  }

  /// A service that needs the new containers of this one before its own can be made.
  private func sharer(of service: Service) -> String? {
    services.first { $0.sharedServices.contains(service.name) }?.name
  }

  /// Says of an update whose settings cannot be kept, and why.
  mutating func checkUpdate(of service: Service) {
    guard input.start, service.update != nil, replaced.contains(service.name),
      let sharer = sharer(of: service)
    else { return }
    warnings.append(
      service.source.diagnostic(
        .warning,
        "the containers of service \(service.name) are replaced all at once: \(sharer) shares what "
          + "belongs to them",
        part: "deploy.update_config"))
  }

  /// The order in which a service can be updated. Two containers cannot have one address, or one
  /// network namespace, at the same time.
  private mutating func startsFirst(_ service: Service, _ settings: UpdateConfig) -> Bool {
    guard settings.order == .startFirst else { return false }
    let fixed = service.networks.first { attachment in
      attachment.ipv4Address != nil || attachment.ipv6Address != nil
        || attachment.macAddress != nil || !attachment.linkLocalAddresses.isEmpty
    }
    let reason: String? =
      if let fixed { "it has an address of its own on network \(fixed.network)" } else {
        switch service.networkMode {
        case .networks, .network, .bridge, .none:
          service.macAddress.map { "it has the hardware address \($0)" }
        case .host: "it has the host's network"
        case .service(let owner), .container(let owner): "it has the network of \(owner)"
        }
      }
    guard let reason else { return true }
    warnings.append(
      service.source.diagnostic(
        .warning,
        "service \(service.name) is stopped before its new containers start: \(reason)",
        part: "deploy.update_config.order",
        hint: "`order: stop-first` says the same without this warning"))
    return false
  }

  /// Plans the replacement of the containers of a service, group by group.
  ///
  /// - Parameter gates: the operations after which the first one may start.
  mutating func planUpdate(
    of service: Service, _ containers: [ObservedContainer], after gates: [Int]
  ) {
    guard let settings = service.update else { return }
    let size = settings.parallelism.map { $0 == 0 ? containers.count : $0 } ?? 1
    var check = Operation.UpdateCheck(
      service: service.name, group: [], settings: settings,
      startsFirst: startsFirst(service, settings), waitsForHealth: hasHealthcheck(service),
      tolerated: Int(settings.maxFailureRatio * Double(outcome[service.name]?.count ?? 0)),
      hasNext: true)
    var before = gates
    var checks: [Int] = []
    var removals: [(former: Operation.Existing, after: [Int])] = []
    for start in stride(from: 0, to: containers.count, by: max(1, size)) {
      let group = containers[start..<min(start + max(1, size), containers.count)]
      check.hasNext = group.endIndex < containers.count
      check.group = group.map { planSuccessor(of: $0, service, check.startsFirst, after: before) }
      let starts = check.group.map { planStart(of: $0, check.startsFirst, after: before) }
      let id = plan.add(.checkUpdate(check), because: "it is updated", after: starts)
      checks.append(id)
      before = check.group.map { pair in
        let takeOver = plan.add(
          .takeOver(pair.former, by: pair.successor), because: "it works", after: [id])
        guard check.startsFirst else {
          removals.append((pair.former, [takeOver]))
          return takeOver
        }
        let stop = plan.addStop(
          of: pair.former, because: "is replaced",
          after: [takeOver] + dependentStops(of: service.name))
        removals.append((pair.former, [stop]))
        return stop
      }
      startOperations[service.name, default: []] += before
      check.earlier += check.group
    }
    setSuccessors(check.earlier, of: service.name)
    // What may have to come back stays until nothing can fail any more.
    let last = settings.failureAction == .rollback ? checks : []
    for (former, after) in removals {
      plan.add(
        .removeContainer(former, volumes: input.options.renewAnonymousVolumes),
        because: "is replaced", after: after + last)
    }
  }

  /// What waits for the service waits for its new containers.
  private mutating func setSuccessors(
    _ pairs: [Operation.UpdateCheck.Pair], of service: String
  ) {
    outcome[service] = outcome[service]?.map { slot in
      var slot = slot
      let pair = pairs.first { $0.former.id == slot.existing?.record.id }
      if let pair { slot.subject = pair.successor }
      return slot
    }
  }

  private mutating func planSuccessor(
    of container: ObservedContainer, _ service: Service, _ startsFirst: Bool, after before: [Int]
  ) -> Operation.UpdateCheck.Pair {
    let former = container.record.existing
    var creation = Operation.Creation(
      service: service.name, number: former.number,
      name: input.project.containerName(of: service, index: former.number), replaces: former,
      keepsAnonymousVolumes: !input.options.renewAnonymousVolumes)
    creation.postStart = service.postStart
    creation.startsBeside = startsFirst
    let id = plan.add(
      .createContainer(creation), because: verdicts[former.id] ?? "is replaced",
      after: resources(of: service) + before)
    return Operation.UpdateCheck.Pair(
      former: former, successor: .created(operation: id, creation))
  }

  private mutating func planStart(
    of pair: Operation.UpdateCheck.Pair, _ startsFirst: Bool, after before: [Int]
  ) -> Int {
    guard case .created(let creation, _) = pair.successor else { return 0 }
    var ready = before + [creation]
    if !startsFirst {
      let withdrawal = plan.add(
        .withdraw(pair.former), because: "is replaced",
        after: ready + dependentStops(of: pair.former.service))
      ready.append(plan.addStop(of: pair.former, because: "is replaced", after: [withdrawal]))
    }
    return plan.addStart(
      of: pair.successor, because: "replaces \(pair.former.name)", after: ready)
  }
}
