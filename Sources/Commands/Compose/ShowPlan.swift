import Engine
import Model
import Planning

/// One thing that a command would do, as `--dry-run` shows it.
struct PlannedStep: Hashable {
  /// What would be done, as `create container`.
  var action: String
  /// The name of what it would be done with.
  var name: String
  /// Why.
  var reason: String
  /// The numbers of the steps that come before, from 1.
  var after: [Int] = []

  /// The steps of a plan, those that make it ready first. What waits for nothing else waits for these.
  static func steps(of plan: PreparedPlan) -> [PlannedStep] {
    let ready = plan.preparation.items.map {
      PlannedStep(action: $0.verb, name: $0.name, reason: $0.reason)
    }
    return ready
      + plan.plan.operations.map { operation in
        let after =
          operation.dependencies.isEmpty
          ? Array(ready.indices) : operation.dependencies.map { $0 - 1 + ready.count }
        return PlannedStep(
          action: operation.verb, name: operation.name, reason: operation.reason,
          after: after.map { $0 + 1 })
      }
  }

  /// A table of steps, in their order.
  static func table(_ steps: [PlannedStep]) -> String {
    var table = Table("STEP", "ACTION", "NAME", "REASON", "AFTER STEP")
    table.rows = steps.enumerated().map { position, step in
      [String(position + 1), step.action, step.name, step.reason, ranges(step.after)]
    }
    return table.text()
  }

  /// `1-3, 5`.
  private static func ranges(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers.sorted() {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ", ")
  }
}

extension CommandContext {
  /// Prints what `--dry-run` would do, in its order, each step with its reason.
  func show(plan: PreparedPlan) {
    show(
      steps: PlannedStep.steps(of: plan),
      otherwise: "nothing to do: everything is as the file says")
  }

  /// Prints the steps of a dry run.
  func show(steps: [PlannedStep], otherwise: String = "nothing to do") {
    guard !steps.isEmpty else { return print(otherwise) }
    print("Dry run: nothing is changed. In this order would be done:\n")
    print(PlannedStep.table(steps))
  }

  /// Prints one step a name of a dry run.
  func show(_ action: String, _ names: [String], because reason: String) {
    show(steps: names.map { PlannedStep(action: action, name: $0, reason: reason) })
  }

  /// The names of containers of the chosen services whose state is one of `states`; for dry runs.
  func containers(
    of selection: ProjectSelection, _ services: [String], in states: Set<ContainerStatus>
  ) throws -> [String] {
    var options = ListOptions()
    options.services = services
    options.statuses = states
    options.all = true
    return try engine().containers(selection, options).map(\.name).sorted()
  }
}
