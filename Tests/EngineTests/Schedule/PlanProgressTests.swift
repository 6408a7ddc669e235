import Compose
import Model
import Planning
import State
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

  private func observed(
    _ number: Int, _ status: ContainerStatus, _ postStart: [String], _ preStop: [String]
  ) -> ObservedContainer {
    var record = containerRecord("web", number)
    record.postStart = postStart.map { Hook(command: [$0]) }
    record.preStop = preStop.map { Hook(command: [$0]) }
    return ObservedContainer(record: record, status: status)
  }

  @Test("after a failure a container that was started still gets its hooks, and no other")
  func hooksOfWhatWasStarted() {
    let plan = LifecyclePlanner.start(
      (1...2).map { observed($0, .exited, ["one", "two"], []) }, services: ["web"])
    #expect(plan.operations.count == 6)
    var progress = PlanProgress(plan, parallelism: 1)
    #expect(takeAll(&progress) == [1])
    progress.isStopped = true
    progress.finish(plan.operation(1))
    #expect(!progress.isOver)
    #expect(takeAll(&progress) == [2])
    progress.finish(plan.operation(2))
    #expect(takeAll(&progress) == [3])
    progress.finish(plan.operation(3))
    #expect(progress.isOver && takeAll(&progress) == [], "the other one never began")
  }

  @Test("after a failure a container whose pre_stop hook ran is stopped, and no other")
  func stopAfterHook() {
    let containers = [
      observed(1, .running, [], ["drain", "leave"]), observed(2, .running, [], []),
    ]
    let plan = LifecyclePlanner.stop(containers, services: ["web"], because: "test")
    #expect(plan.operations.count == 4)
    var progress = PlanProgress(plan, parallelism: 1)
    let hook = progress.take()
    #expect(hook?.id == 1)
    progress.isStopped = true
    progress.finish(plan.operation(1))
    #expect(takeAll(&progress) == [2])
    progress.finish(plan.operation(2))
    #expect(takeAll(&progress) == [3])
    progress.finish(plan.operation(3))
    #expect(progress.isOver && takeAll(&progress) == [])
  }

  @Test("nothing comes after a hook that failed")
  func failedHook() {
    let plan = LifecyclePlanner.start(
      [observed(1, .exited, ["one", "two"], [])], services: ["web"])
    var progress = PlanProgress(plan, parallelism: 1)
    for id in 1...2 {
      #expect(takeAll(&progress) == [id])
      if id == 1 { progress.finish(plan.operation(1)) }
    }
    progress.fail(plan.operation(2), EngineError("no"))
    #expect(takeAll(&progress) == [] && progress.isOver)
  }

  @Test("a plan keeps only dependencies on earlier operations, each once")
  func cleanDependencies() {
    var plan = Self.independent(1)
    plan.add(.createVolume(key: "v", name: "v"), because: "test", after: [1, 1, 2, 7, 0])
    #expect(plan.operation(2).dependencies == [1])
  }
}
