import Model

/// Which service must be there before which other: the order of starting, and backwards that of
/// stopping.
package struct DependencyGraph: Sendable {
  /// The services in layers: each service stands after all that it depends on, and all of one
  /// layer may start at once. Within a layer the order is that of the file.
  package let levels: [[String]]

  private let names: [String]
  private let positions: [String: Int]
  private let edges: [[Edge]]
  private let backward: [[Int]]

  private struct Edge: Sendable {
    var target: Int
    var dependency: Dependency
    var key: String
  }

  /// Makes the graph of some services. A dependency on a service that is not among them, such as
  /// one of an inactive profile, does not count.
  ///
  /// Throws when services depend on one another in a circle; the message names the chain.
  package init(_ services: [Service]) throws(Diagnostics) {
    let names = services.map(\.name)
    let positions = Dictionary(
      zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    let edges = services.map { service in
      service.origins.compactMap { origin in
        positions[origin.dependency.service].map {
          Edge(target: $0, dependency: origin.dependency, key: origin.key)
        }
      }
    }
    var backward: [[Int]] = Array(repeating: [], count: names.count)
    for (position, edges) in edges.enumerated() {
      for edge in edges { backward[edge.target].append(position) }
    }
    let (levels, rest) = Self.sort(edges: edges, backward: backward)
    guard rest.isEmpty else {
      throw Diagnostics([Self.cycle(among: rest, of: services, edges: edges)])
    }
    self.levels = levels.map { $0.map { names[$0] } }
    self.names = names
    self.positions = positions
    self.edges = edges
    self.backward = backward
  }

  /// Layers of positions, and the positions that stand in or behind a circle.
  private static func sort(
    edges: [[Edge]], backward: [[Int]]
  ) -> (levels: [[Int]], rest: Set<Int>) {
    var waiting = edges.map(\.count)
    var rest = Set(edges.indices)
    var levels: [[Int]] = []
    var level = edges.indices.filter { waiting[$0] == 0 }
    while !level.isEmpty {
      levels.append(level)
      rest.subtract(level)
      var next: [Int] = []
      for position in level {
        for dependent in backward[position] {
          waiting[dependent] -= 1
          if waiting[dependent] == 0 { next.append(dependent) }
        }
      }
      level = next.sorted()
    }
    return (levels, rest)
  }

  /// Walks from the first service that never became ready until it meets itself.
  private static func cycle(
    among rest: Set<Int>, of services: [Service], edges: [[Edge]]
  ) -> Diagnostic {
    var position = rest.min() ?? 0
    var trail: [(position: Int, edge: Edge)] = []
    var places: [Int: Int] = [:]
    while places[position] == nil {
      guard let edge = edges[position].first(where: { rest.contains($0.target) }) else { break }
      places[position] = trail.count
      trail.append((position, edge))
      position = edge.target
    }
    let circle = trail[(places[position] ?? 0)...]
    let names = circle.map { services[$0.position].name } + [services[position].name]
    let steps = circle.map { step in
      services[step.position].source.diagnostic(
        .error, "services depend on one another in a circle: \(names.joined(separator: " → "))",
        part: step.edge.key, hint: "remove one of these dependencies")
    }
    var message = steps.first ?? Diagnostic(.error, "services depend on one another in a circle")
    message.notes = zip(circle, steps).dropFirst().map { step, place in
      let service = services[step.position].name
      let target = services[step.edge.target].name
      return Diagnostic.Note(
        "\(service) depends on \(target)", at: place.location, excerpt: place.excerpt)
    }
    return message
  }
}

extension DependencyGraph {
  /// All services, each after those that it depends on.
  package var startOrder: [String] { levels.flatMap(\.self) }

  /// What a service depends on directly, implicit dependencies too.
  package func dependencies(of service: String) -> [Dependency] {
    positions[service].map { edges[$0].map(\.dependency) } ?? []
  }

  /// The services that depend on a service directly.
  package func dependents(of service: String) -> [String] {
    positions[service].map { backward[$0].map { names[$0] } } ?? []
  }

  /// Some services, with all that they depend on if wanted, in the order of starting.
  ///
  /// Names that are not in the graph are left out.
  package func selection(
    of services: some Sequence<String>, includeDependencies: Bool
  ) -> [String] {
    var selected: Set<Int> = []
    var pending = services.compactMap { positions[$0] }
    while let position = pending.popLast() {
      guard selected.insert(position).inserted, includeDependencies else { continue }
      pending += edges[position].map(\.target)
    }
    return startOrder.filter { name in positions[name].map(selected.contains) ?? false }
  }
}
