import Compose
import Model
import State

/// Compares the project with the machine and says what has to be done. Touches nothing: the same
/// input gives the same plan.
package struct Reconciler {
  let input: ReconcilerInput
  let graph: DependencyGraph
  /// The services to work on, each after those that it depends on.
  let services: [Service]
  /// Those of them that the user named; all when none was named.
  let targets: Set<String>

  var plan = Plan()
  var warnings: [Diagnostic] = []
  var errors: [Diagnostic] = []

  /// The operation that makes a network ready, by full name.
  var networkOperations: [String: Int] = [:]
  /// The operation that makes a volume ready, by full name.
  var volumeOperations: [String: Int] = [:]
  /// Why each container that was found has to be made anew, by id.
  var verdicts: [ObjectID: String] = [:]
  /// The services with a container that is made anew.
  var replaced: Set<String> = []
  /// Containers that stay but are stopped by the plan.
  var stopped: [ObjectID: Stop] = [:]
  /// The containers that each service will have, in the order of their numbers.
  var outcome: [String: [Slot]] = [:]
  /// The operations that make new containers of a service.
  var creations: [String: [Int]] = [:]
  /// The operations that remove containers, by the name that gets free.
  var removals: [String: Int] = [:]
  /// The operation after which a name is that of the container that the plan makes.
  var namings: [String: Int] = [:]
  /// The operations that start the containers of a service.
  var startOperations: [String: [Int]] = [:]

  /// One container of a service as the plan leaves it.
  struct Slot {
    var subject: Operation.Subject
    /// The operations after which it can be started.
    var ready: [Int]
    /// Why it has to be started; nil when it runs already.
    var startReason: String?
    /// The container that was found, if it stays.
    var existing: ObservedContainer?
    /// True when it is replaced with others in groups, once its service may start.
    var isUpdated = false
  }

  /// The stop of a container that stays.
  struct Stop {
    var operation: Int
    var reason: String
  }

  /// Makes the plan; throws all that makes it impossible.
  package static func plan(_ input: ReconcilerInput) throws(Diagnostics) -> (Plan, [Diagnostic]) {
    var reconciler = try Reconciler(input)
    let kept = reconciler.services.filter { !input.prepared.contains($0.name) }
    for service in kept { reconciler.judgeContainers(of: service) }
    reconciler.planNetworks()
    reconciler.planVolumes()
    reconciler.planOrphans()
    for service in kept { reconciler.planContainers(of: service) }
    if input.start {
      reconciler.planStarts()
      reconciler.planSharers()
    }
    guard reconciler.errors.isEmpty else { throw Diagnostics(reconciler.errors) }
    return (reconciler.plan, reconciler.warnings)
  }

  private init(_ input: ReconcilerInput) throws(Diagnostics) {
    self.input = input
    graph = try DependencyGraph(input.project.services)
    let all = input.project.services.map(\.name)
    let named = input.options.services
    targets = Set(named.isEmpty ? all : named)
    services =
      graph
      .selection(of: targets, includeDependencies: !input.options.noDependencies)
      .compactMap { input.project.service($0) }
  }

  private mutating func planOrphans() {
    let known = Set(input.project.services.map(\.name) + input.project.disabledServices)
    let orphans = input.observed.containers.filter { container in
      // One that `run` has made is left over when it has ended, of whatever service. It is not warned
      // of: whoever wants it gone says --rm.
      container.record.isOneOff
        ? input.options.removeOrphans && [.exited, .dead].contains(container.status)
        : !known.contains(container.record.service)
    }
    guard !orphans.isEmpty else { return }
    guard input.options.removeOrphans else {
      if !input.options.ignoreOrphans { warnAboutOrphans(orphans) }
      return
    }
    for orphan in orphans {
      _ = planRemoval(
        of: orphan,
        because: orphan.record.isOneOff
          ? "it was made by `run` and has ended"
          : "service \(orphan.record.service) is not in the project")
    }
  }

  private mutating func warnAboutOrphans(_ orphans: [ObservedContainer]) {
    let names = orphans.map(\.record.name).joined(separator: ", ")
    let origin = input.observed.project?.workingDirectory ?? ""
    let place = origin.isEmpty ? "" : "; the project was last brought up from \(origin)"
    warnings.append(
      Diagnostic(
        .warning, "found orphan containers (\(names)) for this project\(place)",
        hint: "if you removed or renamed this service, run with --remove-orphans to remove them"))
  }

  /// Plans the end of a container; returns the last operation.
  mutating func planRemoval(
    of container: ObservedContainer, because reason: String, after: [Int] = [],
    volumes: Bool = false
  ) -> Int {
    var before = after
    if let stop = stopped[container.record.id] {
      before.append(stop.operation)
    } else if container.isActive {
      before = [plan.addStop(of: container.record.existing, because: reason, after: after)]
    }
    let removal = plan.add(
      .removeContainer(container.record.existing, volumes: volumes), because: reason,
      after: before)
    removals[container.record.name] = removal
    return removal
  }
}
