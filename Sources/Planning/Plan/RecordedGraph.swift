import Compose
import Model
import State

/// The dependencies between the services of containers, as they were when the containers were
/// made: for verbs that work without the project's files.
package struct RecordedGraph: Sendable {
  /// The services, each after those that it depends on.
  package let startOrder: [String]
  private let dependenciesOf: [String: [Dependency]]

  /// Reads the graph off some containers. Services that stand in a circle, which no project can
  /// have but containers of several versions of one might, come in alphabetical order.
  package init(_ containers: [ObservedContainer]) {
    var dependencies: [String: [Dependency]] = [:]
    for container in containers {
      for dependency in container.record.dependencies {
        let known = dependencies[container.record.service] ?? []
        if !known.contains(where: { $0.service == dependency.service }) {
          dependencies[container.record.service, default: []].append(dependency)
        }
      }
    }
    let services = Set(containers.map(\.record.service)).sorted()
    var order: [String] = []
    var visited: Set<String> = []
    func visit(_ service: String) {
      guard visited.insert(service).inserted else { return }
      for dependency in dependencies[service] ?? [] where services.contains(dependency.service) {
        visit(dependency.service)
      }
      order.append(service)
    }
    for service in services { visit(service) }
    startOrder = order
    dependenciesOf = dependencies
  }

  /// What a service depends on directly.
  package func dependencies(of service: String) -> [Dependency] { dependenciesOf[service] ?? [] }

  /// The services that depend on a service directly.
  package func dependents(of service: String) -> [String] {
    startOrder.filter { name in dependencies(of: name).contains { $0.service == service } }
  }

  /// Some services with all that they depend on, directly or not.
  package func withDependencies(of services: Set<String>) -> Set<String> {
    var result = services
    for name in startOrder.reversed() where result.contains(name) {
      result.formUnion(dependencies(of: name).map(\.service))
    }
    return result
  }

  /// Some services with all that depend on them and want to restart with them.
  package func withRestartedDependents(of services: Set<String>) -> Set<String> {
    var result = services
    for name in startOrder
    where dependencies(of: name).contains(where: { $0.restart && result.contains($0.service) }) {
      result.insert(name)
    }
    return result
  }
}
