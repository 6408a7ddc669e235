import Linux
import Model
import Planning
import Runtime
import State

// Verbs on one container, of a project or not, found by its name, its id or the beginning of one.
extension Engine {
  /// Starts a container. With `attachment` our streams are its own until it ends, and the result
  /// is its exit code.
  package func startContainer(
    _ name: String, attachment: ForegroundOptions? = nil
  ) throws(EngineError) -> Int32? {
    try Engine.requireRoot()
    let record = try find(container: name)
    let streams = try withLocked(record) { (runner) throws(EngineError) in
      try start(record, runner, attached: attachment != nil)
    }
    guard var options = attachment else { return nil }
    guard let streams else {
      throw EngineError(
        "container \(record.name) runs already",
        hint: "join it with `roost container attach \(record.name)`")
    }
    options.terminal = record.terminal
    let context = ContainerContext(self, project: record.project)
    return try Foreground(context: context, record: record, options: options).follow(streams) ?? 0
  }

  private func start(
    _ record: ContainerRecord, _ runner: PlanRunner, attached: Bool
  ) throws(EngineError) -> Attachment? {
    guard runner.context.processes.status(record.id).process == nil else { return nil }
    try runner.supervisor.ensureRunning()
    try runner.resources.ensureBridges(Set(record.networking.attachments.map(\.network)))
    let size = attached && record.terminal ? Terminal.size(0) ?? Terminal.size(1) : nil
    do {
      let streams = try runner.starter.startWithHooks(
        record, terminalSize: size, attached: attached)
      try runner.firewall.flush()
      return streams
    } catch {
      throw runner.firewall.flush(after: error)
    }
  }

  /// Joins our streams with those of a container that runs; returns its exit code, or 0 when the
  /// user detached.
  package func attach(
    container name: String, _ options: ForegroundOptions
  ) throws(EngineError) -> Int32 {
    try Engine.requireRoot()
    let record = try running(container: name)
    let attachment = try explaining("attach to container \(record.name)") {
      () throws(SyscallError) in try Attachment(layout: layout, id: record.id)
    }
    var options = options
    options.terminal = record.terminal
    options.interactive = options.interactive && record.openStdin
    let context = ContainerContext(self, project: record.project)
    return try Foreground(context: context, record: record, options: options).follow(attachment)
      ?? 0
  }

  /// Stops a container; `timeout` is how long it may take, nil means as it says itself.
  package func stopContainer(_ name: String, timeout: Duration?) throws(EngineError) {
    try change(name) { (record, runner) throws(EngineError) in
      try runner.stopper.stopWithHooks(record, timeout: timeout)
    }
    try removeIfUnwanted(name)
  }

  /// Stops a container and starts it again.
  package func restartContainer(_ name: String, timeout: Duration?) throws(EngineError) {
    try change(name) { (record, runner) throws(EngineError) in
      try runner.stopper.stopWithHooks(record, timeout: timeout)
      _ = try start(record, runner, attached: false)
      runner.context.journal.append("restart", record)
    }
  }

  /// Sends a signal to a container that runs.
  package func killContainer(_ name: String, signal: Int32) throws(EngineError) {
    try change(name) { (record, runner) throws(EngineError) in
      try requireRunning(record, runner.context)
      try kill(record, signal, runner)
    }
    try removeIfUnwanted(name)
  }

  /// Removes a container of `--rm` that we have ended. Where a command waits for it, that one does so
  /// once it has read how it ended.
  private func removeIfUnwanted(_ name: String) throws(EngineError) {
    let context = ContainerContext(self, project: "")
    guard let record = context.container(named: name), record.removeOnExit,
      context.processes.status(record.id).process == nil, !layout.container(record.id).hasClient
    else { return }
    do { try removeContainer(record.id.hex, force: false, volumes: true) } catch {
      // The supervisor may have been faster.
      guard try context.containers.record(record.id) != nil else { return }
      throw error
    }
  }

  /// Stops all processes of a container where they are.
  package func pauseContainer(_ name: String) throws(EngineError) {
    try change(name) { (record, runner) throws(EngineError) in
      try requireRunning(record, runner.context)
      if case .paused = runner.context.processes.status(record.id) {
        throw EngineError("container \(record.name) is already paused")
      }
      try explaining("pause container \(record.name)") { () throws(SyscallError) in
        try runner.context.processes.pause(record.id)
      }
      runner.context.journal.append("pause", record)
    }
  }

  /// Lets the processes of a paused container go on.
  package func unpauseContainer(_ name: String) throws(EngineError) {
    try change(name) { (record, runner) throws(EngineError) in
      guard case .paused = runner.context.processes.status(record.id) else {
        throw EngineError("container \(record.name) is not paused")
      }
      try explaining("unpause container \(record.name)") { () throws(SyscallError) in
        try runner.context.processes.unpause(record.id)
      }
      runner.context.journal.append("unpause", record)
    }
  }

  /// Blocks until a container has ended, and returns its exit code.
  package func waitForContainer(_ name: String) throws(EngineError) -> Int32 {
    let record = try find(container: name)
    let context = ContainerContext(self, project: record.project)
    let observer = Observer(context: context)
    let ends = ContainerEnds(context)
    let place = layout.container(record.id)
    return try ContainerChanges.wait(for: [place], interruption) { () throws(EngineError) in
      let state = observer.observe(record)
      return state.isActive ? nil : try ends.code(of: state)
    }
  }

  /// Removes all containers that do not run; returns their names.
  package func pruneContainers(
    where isMeant: (ContainerSummary) -> Bool
  ) throws(EngineError) -> [String] {
    try removeLeftovers()
    var removed: [String] = []
    for container in try allContainers() where isMeant(container) {
      guard [.created, .exited, .dead].contains(container.status) else { continue }
      try removeContainer(container.id.hex, force: false, volumes: false)
      removed.append(container.name)
    }
    return removed
  }

  // MARK: What they share

  /// Works on a container while nobody else does.
  private func change(
    _ name: String, _ body: (ContainerRecord, PlanRunner) throws(EngineError) -> Void
  ) throws(EngineError) {
    try Engine.requireRoot()
    let record = try find(container: name)
    try withLocked(record) { (runner) throws(EngineError) in
      try body(record, runner)
      try runner.firewall.flush()
    }
  }

  /// Calls `body` with the lock of the container's project. While it was waited for, another
  /// command may have removed the container.
  func withLocked<Result>(
    _ record: ContainerRecord, mayBeGone: Bool = false,
    _ body: (PlanRunner) throws(EngineError) -> Result
  ) throws(EngineError) -> Result {
    let lock = try ProjectLock.acquire(self, project: record.project)
    let context = ContainerContext(self, project: record.project)
    let runner = PlanRunner(context)
    let isThere = try context.containers.record(record.id) != nil
    guard mayBeGone || isThere else {
      try StandaloneEnd(context: context, firewall: runner.firewall).run()
      throw EngineError("container \(record.name) is gone")
    }
    let result = try body(runner)
    lock.release()
    return result
  }

  /// The record of a container that runs, maybe paused.
  func running(container name: String) throws(EngineError) -> ContainerRecord {
    let record = try find(container: name)
    try requireRunning(record, ContainerContext(self, project: record.project))
    return record
  }

  private func requireRunning(
    _ record: ContainerRecord, _ context: ContainerContext
  ) throws(EngineError) {
    guard context.processes.status(record.id).process == nil else { return }
    throw EngineError(
      "container \(record.name) is not running",
      hint: "start it with `roost container start \(record.name)`")
  }
}
