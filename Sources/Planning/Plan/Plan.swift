/// What has to be done, in which order, and why: the reconciler's answer, the scheduler's task.
package struct Plan: Sendable, Hashable {
  /// The operations. Each one's id is its position counted from 1, and it depends only on earlier
  /// ones, so the graph has no cycle.
  package private(set) var operations: [Operation] = []

  /// Makes a plan to do nothing.
  package init() {}

  /// True when there is nothing to do.
  package var isEmpty: Bool { operations.isEmpty }

  /// Adds an operation after those it depends on; returns its id.
  @discardableResult
  package mutating func add(
    _ action: Operation.Action, because reason: String, after dependencies: [Int] = []
  ) -> Int {
    let id = operations.count + 1
    let earlier = Set(dependencies).filter { (1..<id).contains($0) }.sorted()
    operations.append(
      Operation(id: id, action: action, reason: reason, dependencies: earlier))
    return id
  }

  /// The same plan, with nothing started before all containers are made.
  package func creatingFirst() -> Plan {
    var result = self
    let creations = operations.filter { operation in
      switch operation.action {
      case .createContainer, .renameContainer: true
      default: false
      }
    }.map(\.id)
    for index in result.operations.indices {
      guard case .startContainer = result.operations[index].action else { continue }
      let earlier = creations.filter { $0 < result.operations[index].id }
      result.operations[index].dependencies =
        Set(result.operations[index].dependencies + earlier).sorted()
    }
    return result
  }

  /// The operation of an id.
  package func operation(_ id: Int) -> Operation { operations[id - 1] }
}

extension Plan: CustomStringConvertible {
  /// One line an operation: `[1,2] -> #3 service:db:1, create container, no container yet`.
  package var description: String {
    operations.map(\.description).joined(separator: "\n")
  }
}
