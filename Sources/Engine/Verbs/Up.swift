import Compose
import Linux
import Model
import Planning
import State

extension Engine {
  /// What `up` would do, and why. Changes nothing.
  package func plan(_ project: Project, _ options: UpOptions) throws(EngineError) -> PreparedPlan {
    guard let rest = try ServiceProviders(self, project).rest(of: options, asks: false) else {
      return PreparedPlan(Preparation(), Plan())
    }
    return try Convergence(self, rest.project, rest.options).dryRun()
  }

  /// Makes the project's containers as its files say, and starts them.
  ///
  /// When it fails or the user interrupts it, what it made stays, and what runs goes on: the next call
  /// goes on from there.
  package func up(_ project: Project, _ options: UpOptions) throws(EngineError) {
    try Engine.requireRoot()
    let lock = try ProjectLock.acquire(self, project: project.name)
    try ServiceArguments.check(options.create.services, project: project)
    guard let rest = try ServiceProviders(self, project).rest(of: options) else {
      return lock.release()
    }
    let convergence = Convergence(self, rest.project, rest.options)
    let outcome = try convergence.run()
    lock.release()
    guard options.wait else { return }
    try awaitReadiness(of: Set(try convergence.selection().map(\.name)), outcome)
  }

  /// Makes the project's containers as its files say, without starting them.
  package func create(_ project: Project, _ options: CreateOptions) throws(EngineError) {
    var upOptions = UpOptions()
    upOptions.create = options
    upOptions.start = false
    try up(project, upOptions)
  }

  /// How long a container without a healthcheck must run to count as one that does: a program that
  /// finds its settings wrong ends at once.
  private static let settling: Int64 = 500_000_000

  /// Waits until all containers of some services run, and are healthy where they can be. One that
  /// ended with exit code 0 and is not to be restarted has done its work and counts as ready.
  func awaitReadiness(
    of services: Set<String>, _ outcome: Convergence.Outcome
  ) throws(EngineError) {
    let context = outcome.runner.context
    try awaitReadiness(context, deadline: outcome.deadline) { services.contains($0.service) }
  }

  func awaitReadiness(
    _ context: ContainerContext, deadline: UInt64?, where selected: (ContainerRecord) -> Bool
  ) throws(EngineError) {
    let records = try context.containers.containers(of: context.project).filter {
      selected($0) && !$0.isOneOff
    }
    let stop = StopSignal(interruption: interruption)
    let waiter = DependencyWaiter(
      context: context, observer: Observer(context: context), deadline: deadline,
      changes: try? ContainerChanges(), settling: Self.settling)
    for record in records {
      progress.report(
        ProgressEvent(ProgressEvent.Resource(.container, record.name), .waiting))
    }
    let progress = self.progress
    for record in records {
      let condition: Dependency.Condition = record.healthcheck == nil ? .started : .healthy
      let resource = ProgressEvent.Resource(.container, record.name)
      do {
        try waiter.wait([record], until: condition, stop: stop) { _, _ in
          progress.report(ProgressEvent(resource, condition == .healthy ? .healthy : .running))
        }
      } catch {
        progress.report(
          ProgressEvent(resource, .error, detail: error.diagnostics.first?.message))
        throw error
      }
    }
  }
}
