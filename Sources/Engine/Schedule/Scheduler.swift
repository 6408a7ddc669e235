import Glibc
import Linux
import Model
import Planning

/// Does the operations of a plan. Called from several threads at once.
protocol OperationRunner: Sendable {
  /// Does one operation whose dependencies are done. Long waits end early, with any error, once
  /// `stop` says so.
  func run(_ operation: Operation, stop: StopSignal) throws(EngineError)
}

/// Tells waits to end early: the user interrupted, or something else failed.
struct StopSignal: Sendable {
  /// Ctrl-C.
  let interruption: Interruption
  /// A failure elsewhere.
  let failure = Interruption()

  /// True when waiting has no sense any more.
  var isStopped: Bool { interruption.isInterrupted || failure.isInterrupted }
  /// What to poll for, besides what is waited for.
  var descriptors: [Int32] {
    [interruption.descriptor, failure.descriptor].filter { $0 >= 0 }
  }
  /// What a wait that ended early throws.
  var error: EngineError { interruption.isInterrupted ? .interrupted : .stopped }
}

/// Runs a plan, as parallel as its graph allows. Decides nothing.
///
/// The first failure stops everything: nothing new begins, waits end, and what was being done is
/// done to its end, with the operations that complete it.
struct Scheduler {
  /// How many operations may work at once; those that only wait do not count.
  let parallelism: Int
  /// Ctrl-C.
  let interruption: Interruption

  /// Twice the processors, since much of the work waits for the kernel.
  static var defaultParallelism: Int { max(2, min(8, 2 * sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  init(interruption: Interruption, parallelism: Int? = nil) {
    self.interruption = interruption
    self.parallelism = max(1, parallelism ?? Self.defaultParallelism)
  }

  /// Runs all operations. Throws what went wrong, or that the user interrupted.
  func run(_ plan: Plan, with runner: any OperationRunner) throws(EngineError) {
    guard !plan.isEmpty else { return }
    let stop = StopSignal(interruption: interruption)
    let progress = ConditionLock(PlanProgress(plan, parallelism: parallelism))
    for _ in 1..<max(1, progress.with { $0.workersWanted }) {
      WorkerThread.start { Self.work(progress, runner, stop) }
    }
    Self.work(progress, runner, stop)
    let failures = progress.wait { progress in
      if interruption.isInterrupted { progress.isStopped = true }
      return progress.isOver ? progress.failures : nil
    }
    if interruption.isInterrupted { throw .interrupted }
    let causes = failures.filter { $0 != .stopped }
    guard var error = causes.first ?? failures.first else { return }
    for cause in causes.dropFirst() {
      error.diagnostics += cause.diagnostics.filter { !error.diagnostics.contains($0) }
    }
    throw error
  }

  /// What each worker does until there is nothing more to take.
  private static func work(
    _ progress: ConditionLock<PlanProgress>, _ runner: any OperationRunner, _ stop: StopSignal
  ) {
    while true {
      let next = progress.wait { progress -> Operation?? in
        if stop.isStopped { progress.isStopped = true }
        if let operation = progress.take() { return .some(operation) }
        return progress.hasMoreWork ? nil : .some(nil)
      }
      guard let operation = next else { return }
      do throws(EngineError) {
        try Trace.timed(.plan, operation.description) { () throws(EngineError) in
          try runner.run(operation, stop: stop)
        }
        progress.with { $0.finish(operation) }
      } catch {
        stop.failure.interrupt()
        progress.with { $0.fail(operation, error) }
      }
    }
  }
}

/// How far a plan is.
struct PlanProgress {
  private let plan: Plan
  private let parallelism: Int
  private var missing: [Int]
  private var dependents: [[Int]]
  private var readyToWork: [Int] = []
  private var readyToWait: [Int] = []
  private var working = 0
  private var running = 0
  private var done = 0
  /// What went wrong, in the order of time.
  private(set) var failures: [EngineError] = []
  /// True when nothing new begins, but for what completes what began.
  var isStopped = false

  init(_ plan: Plan, parallelism: Int) {
    self.plan = plan
    self.parallelism = parallelism
    missing = plan.operations.map(\.dependencies.count)
    dependents = Array(repeating: [], count: plan.operations.count)
    for operation in plan.operations {
      for dependency in operation.dependencies { dependents[dependency - 1].append(operation.id) }
    }
    for operation in plan.operations where operation.dependencies.isEmpty { enqueue(operation.id) }
  }

  /// As many threads as can ever be busy at once: the workers, and one a wait.
  var workersWanted: Int {
    let waits = plan.operations.filter(\.onlyWaits).count
    return min(parallelism, plan.operations.count - waits) + min(waits, 128)
  }

  /// True when everything is done, or stopped and nothing is under way.
  var isOver: Bool {
    running == 0 && !(readyToWait + readyToWork).contains(where: mayBegin)
      && (isStopped || done == plan.operations.count)
  }
  /// True while a worker may still get something.
  var hasMoreWork: Bool { isStopped ? running > 0 : done < plan.operations.count }

  /// Hands out an operation; nil when none is ready.
  mutating func take() -> Operation? {
    if let index = readyToWait.firstIndex(where: mayBegin) {
      running += 1
      return plan.operation(readyToWait.remove(at: index))
    }
    guard working < parallelism, let index = readyToWork.firstIndex(where: mayBegin) else {
      return nil
    }
    running += 1
    working += 1
    return plan.operation(readyToWork.remove(at: index))
  }

  private func mayBegin(_ id: Int) -> Bool {
    !isStopped || plan.operation(id).completesWhatBegan
  }

  mutating func finish(_ operation: Operation) {
    leave(operation)
    done += 1
    for dependent in dependents[operation.id - 1] {
      missing[dependent - 1] -= 1
      if missing[dependent - 1] == 0 { enqueue(dependent) }
    }
  }

  mutating func fail(_ operation: Operation, _ error: EngineError) {
    leave(operation)
    failures.append(error)
    isStopped = true
  }

  private mutating func leave(_ operation: Operation) {
    running -= 1
    if !operation.onlyWaits { working -= 1 }
  }

  private mutating func enqueue(_ id: Int) {
    if plan.operation(id).onlyWaits { readyToWait.append(id) } else { readyToWork.append(id) }
  }
}

extension Operation {
  /// True for operations that spend their time waiting for others: they take no share of the
  /// work that may be done at once.
  var onlyWaits: Bool {
    switch action {
    case .await, .stopContainer, .runHook, .withdraw, .checkUpdate, .takeOver: true
    default: false
    }
  }
}
