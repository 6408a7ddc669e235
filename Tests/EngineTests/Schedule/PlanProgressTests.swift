import Compose
import Model
import Planning
import TestSupport
import Testing

@testable import Engine

@Suite("The progress of a plan", .timeLimit(.standard))
struct PlanProgressTests {
  /// Networks `1…count` without an order, to be made.
  static func independent(_ count: Int) -> Plan {
    var plan = Plan()
    for number in 1...count {
      plan.add(.createNetwork(key: "\(number)", name: "n\(number)"), because: "test")
    }
    return plan
  }

  static func wait(for service: String) -> Operation.Action {
    .await(
      Operation.Wait(
        dependent: "", service: service, condition: .healthy, required: true, containers: []))
  }

  private func takeAll(_ progress: inout PlanProgress) -> [Int] {
    var ids: [Int] = []
    while let operation = progress.take() { ids.append(operation.id) }
    return ids
  }

  @Test("hands out as many operations as may work at once, in their order")
  func parallelism() {
    var progress = PlanProgress(Self.independent(5), parallelism: 2)
    #expect(takeAll(&progress) == [1, 2])
    progress.finish(Self.independent(5).operation(2))
    #expect(takeAll(&progress) == [3])
  }

  @Test("hands out nothing before what it depends on is done")
  func dependencies() {
    var plan = Self.independent(2)
    plan.add(.createVolume(key: "v", name: "v"), because: "test", after: [1, 2])
    var progress = PlanProgress(plan, parallelism: 8)
    #expect(takeAll(&progress) == [1, 2])
    progress.finish(plan.operation(1))
    #expect(takeAll(&progress) == [])
    progress.finish(plan.operation(2))
    #expect(takeAll(&progress) == [3])
    progress.finish(plan.operation(3))
    #expect(progress.isOver && !progress.hasMoreWork)
  }

  @Test("waits take no share of the work that may be done at once")
  func waits() {
    var plan = Plan()
    for _ in 0..<3 { plan.add(Self.wait(for: "db"), because: "test") }
    plan.add(.createNetwork(key: "a", name: "a"), because: "test")
    plan.add(.createNetwork(key: "b", name: "b"), because: "test")
    var progress = PlanProgress(plan, parallelism: 1)
    #expect(takeAll(&progress) == [1, 2, 3, 4])
    #expect(progress.workersWanted == 4)
  }

  @Test("a failure lets nothing new begin, and what runs ends first")
  func failure() {
    let plan = Self.independent(3)
    var progress = PlanProgress(plan, parallelism: 2)
    #expect(takeAll(&progress) == [1, 2])
    progress.fail(plan.operation(1), EngineError("no"))
    #expect(takeAll(&progress) == [])
    #expect(!progress.isOver, "operation 2 is under way")
    progress.finish(plan.operation(2))
    #expect(progress.isOver)
    #expect(progress.failures == [EngineError("no")])
  }

  @Test("a plan keeps only dependencies on earlier operations, each once")
  func cleanDependencies() {
    var plan = Self.independent(1)
    plan.add(.createVolume(key: "v", name: "v"), because: "test", after: [1, 1, 2, 7, 0])
    #expect(plan.operation(2).dependencies == [1])
  }
}
