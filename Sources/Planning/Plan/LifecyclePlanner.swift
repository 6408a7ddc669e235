import Compose
import Model
import State

/// Plans for containers that are there: stop, start and restart, in the order of dependencies.
package struct LifecyclePlanner {
  let containers: [ObservedContainer]
  let graph: RecordedGraph
  /// The `pre_start` hooks of services, as the file says.
  var preStart: [String: [Hook]] = [:]
  /// What was planned so far.
  package var plan = Plan()
  /// The operations that end what runs of a service.
  package var stops: [String: [Int]] = [:]
  /// The operations that start the containers of a service.
  var starts: [String: [Int]] = [:]

  /// Takes all containers of a project that are to be considered.
  package init(_ containers: [ObservedContainer]) {
    self.containers = containers
    graph = RecordedGraph(containers)
  }

  /// Stops what runs of some services; what depends on them first.
  package static func stop(
    _ containers: [ObservedContainer], services: Set<String>, because reason: String
  ) -> Plan {
    var planner = LifecyclePlanner(containers)
    planner.addStops(of: services, because: reason)
    return planner.plan
  }

  /// Why a container is stopped and started that a command was stopping which was killed.
  static let wasBeingStopped = "the command that was stopping it was killed"

  /// Starts what does not run of some services; what they depend on first. What never ran has the
  /// hooks of `preStart` run before.
  package static func start(
    _ containers: [ObservedContainer], services: Set<String>,
    because reason: String = "was asked for", preStart: [String: [Hook]] = [:],
    where wanted: (ObservedContainer) -> Bool = { !$0.isActive }
  ) -> Plan {
    var planner = LifecyclePlanner(containers)
    planner.preStart = preStart
    planner.addStops(of: services, because: wasBeingStopped) { $0.isStopping }
    planner.addStarts(of: services, because: reason) { $0.isStopping || wanted($0) }
    return planner.plan
  }

  /// Stops and starts some services. Only what never ran has the hooks of `preStart` run before.
  package static func restart(
    _ containers: [ObservedContainer], services: Set<String>, preStart: [String: [Hook]] = [:]
  ) -> Plan {
    var planner = LifecyclePlanner(containers)
    planner.preStart = preStart
    planner.addStops(of: services, because: "restart was asked for")
    planner.addStarts(of: services, because: "restart was asked for") { _ in true }
    return planner.plan
  }

  /// Plans the ends of what runs of some services; what depends on them first.
  package mutating func addStops(
    of services: Set<String>, because reason: String,
    where wanted: (ObservedContainer) -> Bool = { _ in true }
  ) {
    for service in graph.startOrder.reversed() where services.contains(service) {
      let before = graph.dependents(of: service).flatMap { stops[$0] ?? [] }
      for container in containers
      where container.record.service == service && container.isActive && wanted(container) {
        let id = plan.addStop(of: container.record.existing, because: reason, after: before)
        stops[service, default: []].append(id)
      }
      // Nothing of its own to stop: what it depends on still waits for its dependents.
      if stops[service] == nil, !before.isEmpty { stops[service] = before }
    }
  }

  private mutating func addStarts(
    of services: Set<String>,
    because reason: String = "was asked for", where wanted: (ObservedContainer) -> Bool
  ) {
    for service in graph.startOrder where services.contains(service) {
      let members = containers.filter {
        $0.record.service == service && !$0.record.isOneOff && wanted($0)
      }
      guard !members.isEmpty else { continue }
      var gates = graph.dependencies(of: service).flatMap { gate(for: $0, before: service) }
      if let hook = addPreStart(of: service, after: (stops[service] ?? []) + gates) {
        gates.append(hook)
      }
      for member in members {
        let id = plan.addStart(
          of: .existing(member.record.existing), because: reason,
          after: (stops[service] ?? []) + gates)
        starts[service, default: []].append(id)
      }
    }
  }

  /// Plans what runs before the first container of a service that never ran; nil when one of them did.
  private mutating func addPreStart(of service: String, after dependencies: [Int]) -> Int? {
    let all = containers.filter { $0.record.service == service && !$0.record.isOneOff }
    guard let hooks = preStart[service], all.allSatisfy({ $0.status == .created }),
      let first = all.min(by: { $0.record.number < $1.record.number })
    else { return nil }
    return plan.addPreStart(
      hooks, of: .existing(first.record.existing), because: "\(service) starts for the first time",
      after: dependencies)
  }

  private mutating func gate(for dependency: Dependency, before service: String) -> [Int] {
    let members = containers.filter {
      $0.record.service == dependency.service && !$0.record.isOneOff
    }
    let before = starts[dependency.service] ?? []
    let isChecked = members.contains { $0.record.healthcheck != nil }
    switch dependency.condition {
    case .healthy where isChecked: break
    case .completed where !members.isEmpty: break
    default: return before
    }
    let wait = Operation.Wait(
      dependent: service, service: dependency.service, condition: dependency.condition,
      required: dependency.required,
      containers: members.map { .existing($0.record.existing) })
    return [
      plan.add(
        .await(wait), because: "\(service) depends on it (\(dependency.condition.rawValue))",
        after: before)
    ]
  }
}
