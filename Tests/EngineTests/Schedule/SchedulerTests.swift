import Glibc
import Linux
import Model
import Planning
import Synchronization
import TestSupport
import Testing

@testable import Engine

@Suite("The scheduler", .timeLimit(.standard))
struct SchedulerTests {
  /// Notes what begins and ends, and does what a test says.
  final class Recorder: OperationRunner {
    private let events = Mutex<[String]>([])
    private let action: @Sendable (Operation, StopSignal) throws(EngineError) -> Void

    init(
      _ action: @escaping @Sendable (Operation, StopSignal) throws(EngineError) -> Void = {
        _, _ in
      }
    ) { self.action = action }

    var list: [String] { events.withLock { $0 } }

    func run(_ operation: Operation, stop: StopSignal) throws(EngineError) {
      events.withLock { $0.append("begin \(operation.id)") }
      try action(operation, stop)
      events.withLock { $0.append("end \(operation.id)") }
    }
  }

  private func failure(
    _ plan: Plan, _ runner: Recorder, parallelism: Int = 4,
    interruption: Interruption = Interruption()
  ) -> EngineError? {
    let scheduler = Scheduler(interruption: interruption, parallelism: parallelism)
    do throws(EngineError) {
      try scheduler.run(plan, with: runner)
      return nil
    } catch {
      return error
    }
  }

  /// Waits until the user or a failure ends the wait.
  private static func untilStopped(_ stop: StopSignal) {
    var entries = stop.descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    _ = try? Descriptors.poll(&entries, timeoutMilliseconds: nil)
  }

  private static func chain(_ count: Int) -> Plan {
    var plan = Plan()
    for number in 1...count {
      plan.add(
        .createNetwork(key: "\(number)", name: "\(number)"), because: "test", after: [number - 1])
    }
    return plan
  }

  @Test("an empty plan is done at once")
  func empty() {
    let runner = Recorder()
    #expect(failure(Plan(), runner) == nil)
    #expect(runner.list == [])
  }

  @Test("operations that depend on each other run one after the other")
  func order() {
    let runner = Recorder()
    #expect(failure(Self.chain(4), runner) == nil)
    #expect(runner.list == (1...4).flatMap { ["begin \($0)", "end \($0)"] })
  }

  @Test(
    "everything in a plan runs once, each operation after those before it", arguments: [1, 3, 8])
  func everything(parallelism: Int) throws {
    var plan = Plan()
    for number in 1...60 {
      plan.add(
        .createVolume(key: "\(number)", name: "\(number)"), because: "test",
        after: [number / 2, number / 3])
    }
    let runner = Recorder()
    #expect(failure(plan, runner, parallelism: parallelism) == nil)
    #expect(runner.list.count == 120)
    for operation in plan.operations {
      let begin = try #require(runner.list.firstIndex(of: "begin \(operation.id)"))
      for dependency in operation.dependencies {
        let end = try #require(runner.list.firstIndex(of: "end \(dependency)"))
        #expect(end < begin)
      }
    }
  }

  @Test("operations that do not depend on each other run at the same time")
  func together() {
    // Each of two operations goes on only once the other has begun.
    let begun = ConditionLock(0)
    let runner = Recorder { _, _ in
      begun.with { $0 += 1 }
      begun.wait { $0 == 2 ? () : nil }
    }
    #expect(failure(PlanProgressTests.independent(2), runner, parallelism: 2) == nil)
  }

  @Test("a failure stops what has not begun and is what the user is told")
  func failureStops() {
    let runner = Recorder { operation, _ throws(EngineError) in
      if operation.id == 2 { throw EngineError("the disk is full") }
    }
    #expect(failure(Self.chain(4), runner) == EngineError("the disk is full"))
    #expect(runner.list == ["begin 1", "end 1", "begin 2"])
  }

  @Test("a failure ends waits, whose own end is not told")
  func failureEndsWaits() {
    var plan = Plan()
    plan.add(PlanProgressTests.wait(for: "db"), because: "test")
    plan.add(.createNetwork(key: "n", name: "n"), because: "test")
    let runner = Recorder { operation, stop throws(EngineError) in
      guard operation.id == 1 else { throw EngineError("no such image") }
      Self.untilStopped(stop)
      throw stop.error
    }
    #expect(failure(plan, runner) == EngineError("no such image"))
  }

  @Test("several failures are told together, equal messages once")
  func severalFailures() {
    let begun = ConditionLock(0)
    let runner = Recorder { operation, _ throws(EngineError) in
      begun.with { $0 += 1 }
      begun.wait { $0 == 3 ? () : nil }
      throw EngineError(operation.id == 3 ? "other" : "same")
    }
    let messages =
      failure(PlanProgressTests.independent(3), runner)?.diagnostics.map(\.message) ?? []
    #expect(messages.sorted() == ["other", "same"])
  }

  @Test("an interruption lets nothing new begin and ends with code 130")
  func interrupted() {
    let interruption = Interruption()
    let runner = Recorder { operation, _ in
      if operation.id == 2 { interruption.interrupt() }
    }
    let error = failure(Self.chain(4), runner, interruption: interruption)
    #expect(error == .interrupted)
    #expect(error?.exitCode == 130)
    #expect(runner.list == ["begin 1", "end 1", "begin 2", "end 2"])
  }

  @Test("an interruption ends a wait")
  func interruptedWait() {
    let interruption = Interruption()
    var plan = Plan()
    plan.add(PlanProgressTests.wait(for: "db"), because: "test")
    let runner = Recorder { _, stop throws(EngineError) in
      interruption.interrupt()
      Self.untilStopped(stop)
      throw stop.error
    }
    #expect(failure(plan, runner, interruption: interruption) == .interrupted)
  }

  @Test("an interruption before the start runs nothing")
  func interruptedBefore() {
    let interruption = Interruption()
    interruption.interrupt()
    let runner = Recorder()
    #expect(failure(Self.chain(2), runner, interruption: interruption) == .interrupted)
    #expect(runner.list == [])
  }

  @Test("a batcher serves those who come meanwhile together, and tells all of a failure")
  func batcher() {
    let batches = Mutex<[[Int]]>([])
    let gate = ConditionLock(false)
    let batcher = Batcher<Int> { items throws(EngineError) in
      batches.withLock { $0.append(items) }
      if items == [1] { gate.wait { $0 ? () : nil } }
      if items.contains(13) { throw EngineError("unlucky") }
    }
    let results = ConditionLock([Int: EngineError?]())
    let submit: @Sendable (Int) -> Void = { item in
      WorkerThread.start {
        do throws(EngineError) {
          try batcher.submit(item)
          results.with { $0[item] = .some(nil) }
        } catch {
          results.with { $0[item] = error }
        }
      }
    }
    submit(1)
    while batches.withLock({ $0.isEmpty }) { sched_yield() }
    for item in [2, 13] { submit(item) }
    gate.with { $0 = true }
    let all = results.wait { $0.count == 3 ? $0 : nil }
    #expect(all[1] == .some(nil))
    #expect(all[13] == .some(EngineError("unlucky")))
    #expect(batches.withLock { $0.flatMap(\.self).sorted() } == [1, 2, 13])
  }
}
