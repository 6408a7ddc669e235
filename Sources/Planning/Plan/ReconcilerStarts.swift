import Compose
import Model
import State

extension Reconciler {
  /// Plans the starts in the order of dependencies, with the waits between them.
  mutating func planStarts() {
    let planned = Set(services.map(\.name))
    for name in graph.startOrder {
      guard let service = input.project.service(name) else { continue }
      if input.prepared.contains(name) {
        for dependency in graph.dependencies(of: name) {
          _ = gate(for: dependency, before: service)
        }
      } else if planned.contains(name) {
        planStarts(of: service)
      } else if let slots = restartedSlots(of: name) {
        outcome[name] = slots
        planStarts(of: service)
      }
    }
    planReturns()
  }

  // What no service of the project describes, and was stopped with a network that is made anew.
  private mutating func planReturns() {
    let removed = plan.removedContainers
    for container in input.observed.containers {
      guard let stop = stopped[container.record.id], !removed.contains(container.record.id),
        input.project.service(container.record.service) == nil
      else { continue }
      let networks = container.record.networking.attachments.compactMap {
        networkOperations[$0.network]
      }
      _ = plan.addStart(
        of: .existing(container.record.existing), because: stop.reason,
        after: [stop.operation] + networks)
    }
  }

  /// Containers of other services that run in namespaces, or on volumes, of one that is replaced or
  /// started are started again: they take what it has then.
  mutating func planSharers() {
    let planned = Set(services.map(\.name))
    for container in input.observed.containers
    where container.isActive && !planned.contains(container.record.service)
      && stopped[container.record.id] == nil
    {
      let owners = Set(container.record.shares.map(\.owner))
      let owner = input.observed.containers.filter { owners.contains($0.record.id) }
        .map(\.record.service).first { planned.contains($0) && startOperations[$0] != nil }
      guard let owner else { continue }
      let existing = container.record.existing
      let reason = "it shares what belongs to \(owner), which is started"
      let stop = plan.addStop(of: existing, because: reason, after: [])
      _ = plan.addStart(
        of: .existing(existing), because: reason, after: [stop] + (startOperations[owner] ?? []))
    }
  }

  // A service that was not selected, but was stopped because what it depends on is replaced.
  private func restartedSlots(of service: String) -> [Slot]? {
    let slots = input.observed.containers(of: service).compactMap { container in
      stopped[container.record.id].map { stop in
        Slot(
          subject: .existing(container.record.existing),
          ready: [stop.operation]
            + container.record.networking.attachments.compactMap {
              networkOperations[$0.network]
            },
          startReason: stop.reason, existing: container)
      }
    }
    return slots.isEmpty ? nil : slots
  }

  private mutating func planStarts(of service: Service) {
    let slots = (outcome[service.name] ?? []).map { slot in
      var slot = slot
      if let existing = slot.existing, let stop = stopped[existing.record.id] {
        slot.startReason = stop.reason
        slot.ready.append(stop.operation)
      }
      return slot
    }
    let updated = slots.filter(\.isUpdated)
    let pending = slots.filter { $0.startReason != nil && !$0.isUpdated }
    guard !pending.isEmpty || !updated.isEmpty else { return }
    var gates = graph.dependencies(of: service.name).flatMap { gate(for: $0, before: service) }
    if let hook = planPreStart(of: service, slots, after: gates) { gates.append(hook) }
    for slot in pending {
      let id = plan.addStart(
        of: slot.subject, because: slot.startReason ?? "", after: slot.ready + gates)
      startOperations[service.name, default: []].append(id)
    }
    if !updated.isEmpty {
      planUpdate(
        of: service, updated.compactMap(\.existing),
        after: gates + (startOperations[service.name] ?? []))
    }
  }

  /// Plans what runs before the first container of a service: only where none of them ever ran, so
  /// not again after a stop, and not for one more replica.
  private mutating func planPreStart(
    of service: Service, _ slots: [Slot], after gates: [Int]
  ) -> Int? {
    let isFirst = slots.allSatisfy { slot in
      slot.existing.map { $0.status == .created } ?? true
    }
    guard isFirst, let first = slots.first else { return nil }
    return plan.addPreStart(
      service.preStart, of: first.subject, because: "\(service.name) starts for the first time",
      after: slots.flatMap(\.ready) + gates)
  }

  /// The operations after which a dependency is as the dependent wants it.
  private mutating func gate(for dependency: Dependency, before service: Service) -> [Int] {
    // With --no-deps nobody waits; a service scaled to zero has nothing to wait for.
    guard let slots = outcome[dependency.service], !slots.isEmpty else { return [] }
    let starts = startOperations[dependency.service] ?? []
    guard dependency.condition != .started else { return starts }
    if dependency.condition == .healthy, !checkHealthcheck(of: dependency, before: service) {
      return starts
    }
    let wait = Operation.Wait(
      dependent: service.name, service: dependency.service, condition: dependency.condition,
      required: dependency.required, containers: slots.map(\.subject))
    let id = plan.add(
      .await(wait),
      because: "\(service.name) depends on it (\(dependency.condition.rawValue))", after: starts)
    return [id]
  }

  private mutating func checkHealthcheck(
    of dependency: Dependency, before service: Service
  ) -> Bool {
    guard let target = input.project.service(dependency.service), !hasHealthcheck(target) else {
      return true
    }
    let problem = service.source.diagnostic(
      dependency.required ? .error : .warning,
      "\(service.name) waits until \(target.name) is healthy, but \(target.name) has no "
        + "healthcheck",
      part: "depends_on.\(target.name).condition",
      hint: "give \(target.name) a `healthcheck`, or wait for `service_started`")
    if dependency.required { errors.append(problem) } else { warnings.append(problem) }
    return false
  }

  func hasHealthcheck(_ service: Service) -> Bool {
    switch service.healthcheck {
    case .disabled: return false
    case .custom(let settings) where settings.test != nil: return true
    case .custom, .inherited: break
    }
    if case .present(_, let hasHealthcheck)? = input.images[service.name] { return hasHealthcheck }
    // What an image that is yet to be built says is not known.
    return true
  }
}

extension Plan {
  /// The containers that it removes.
  fileprivate var removedContainers: Set<ObjectID> {
    var ids: Set<ObjectID> = []
    for case .removeContainer(let container, _) in operations.map(\.action) {
      ids.insert(container.id)
    }
    return ids
  }
}
