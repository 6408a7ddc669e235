import Compose
import Glibc
import Linux
import Model
import Runtime
import State

/// Starts containers: networks first, then whoever looks after them, then the program.
final class ContainerStarter: Sendable {
  private let context: ContainerContext
  private let connector: ContainerConnector
  private let supervisor: SupervisorClient
  private let firewall: FirewallSync
  private let watching: Batcher<ObjectID>

  init(
    _ context: ContainerContext, _ connector: ContainerConnector,
    _ supervisor: SupervisorClient, _ firewall: FirewallSync
  ) {
    self.context = context
    self.connector = connector
    self.supervisor = supervisor
    self.firewall = firewall
    watching = Batcher { ids throws(EngineError) in try supervisor.watch(ids) }
  }

  /// Starts a container, and runs its `post_start` hooks: for verbs that have no plan. When one of
  /// them fails, the start is undone.
  func startWithHooks(
    _ record: ContainerRecord, terminalSize: TerminalSize? = nil, attached: Bool = false
  ) throws(EngineError) -> Attachment? {
    let attachment = try start(record, terminalSize: terminalSize, attached: attached)
    for hook in record.postStart { try runPostStart(hook, in: record) }
    return attachment
  }

  /// Runs a `post_start` hook of a container that was just started. When it fails, the start is
  /// undone.
  func runPostStart(_ hook: Hook, in record: ContainerRecord) throws(EngineError) {
    do { try HookRunner(context: context).runPostStart(hook, in: record) } catch {
      undo(record, context.layout.container(record.id))
      throw error
    }
  }

  /// Starts a container and returns once its program runs; its hooks are not run. A container that
  /// cannot be started is left as it was before.
  ///
  /// - Parameter isHeldBack: as in `ContainerConnector.connect`.
  func start(
    _ record: ContainerRecord, terminalSize: TerminalSize? = nil, attached: Bool = false,
    isHeldBack: Bool = false
  ) throws(EngineError) -> Attachment? {
    try FormerEtcFiles(context: context).leave(record)
    let record = try OwnerRenewal(context: context).renew(record)
    let containerLayout = context.layout.container(record.id)
    try explaining("start container \(record.name)") { () throws(SyscallError) in
      try Files.makeDirectories(containerLayout.run, mode: 0o700)
      // What was found out about an earlier run says nothing about this one.
      for file in [containerLayout.health, containerLayout.restarts] {
        try Files.removeIfPresent(file)
      }
    }
    do {
      try makeDefaultBridge(for: record)
      let state = try connector.connect(record, isHeldBack: isHeldBack)
      if !state.ports.isEmpty { firewall.portsChanged() }
      try EtcFiles(context: context).write(record, state)
      try writingState { () throws(SyscallError) in
        try DesiredState.running.write(containerLayout)
      }
      try watching.submit(record.id)
      let attachment = try launch(record, terminalSize, attached)
      context.journal.append("start", record)
      return attachment
    } catch {
      undo(record, containerLayout)
      throw error
    }
  }

  /// The default bridge is there as long as somebody is on it.
  private func makeDefaultBridge(for record: ContainerRecord) throws(EngineError) {
    let name = NetworkingResolution.defaultBridge
    guard record.networking.attachments.contains(where: { $0.network == name }) else { return }
    let resources = ResourceMaker(context: context, firewall: firewall)
    try resources.createDefaultBridge()
    try resources.ensureBridges([name])
  }

  private func launch(
    _ record: ContainerRecord, _ size: TerminalSize?, _ attached: Bool
  ) throws(EngineError) -> Attachment? {
    let launcher = try context.launcher()
    let (barrier, pending) = try begin(record, launcher, size, attached)
    // Everything is made while the networks are being shut off from one another; only the program
    // has to wait. When that fails, the barrier goes without having been lifted.
    try firewall.ready()
    try explaining("start container \(record.name)") { () throws(SyscallError) in
      try barrier.lift()
    }
    do {
      for warning in try pending.wait() {
        context.engine.progress.warn(Diagnostic(.warning, "\(record.name): \(warning)"))
      }
      return pending.attachment
    } catch {
      throw Self.failure(record, error)
    }
  }

  private func begin(
    _ record: ContainerRecord, _ launcher: Launcher, _ size: TerminalSize?, _ attached: Bool
  ) throws(EngineError) -> (StartBarrier, PendingLaunch) {
    let barrier = try explaining("start container \(record.name)") { () throws(SyscallError) in
      try StartBarrier()
    }
    do {
      let pending = try launcher.start(
        record.id, terminalSize: size, attached: attached, barrier: barrier)
      return (barrier, pending)
    } catch {
      throw Self.failure(record, error)
    }
  }

  private static func failure(
    _ record: ContainerRecord, _ failure: LaunchFailure
  ) -> EngineError {
    EngineError(
      Diagnostic(
        .error, "cannot start container \(record.name): \(failure.message)",
        hint: hint(for: failure)),
      exitCode: failure.exitCode)
  }

  private static func hint(for failure: LaunchFailure) -> String? {
    if let hint = failure.hint { return hint }
    return switch failure.exitCode {
    case 127: "check `command` and `entrypoint`: the program must be in the image and in its PATH"
    case 126: "the file is there but cannot be executed: check its mode, and its first line"
    default: nil
    }
  }

  // Nobody else is affected by what goes wrong here: the first error is the one to tell.
  private func undo(_ record: ContainerRecord, _ containerLayout: ContainerLayout) {
    try? DesiredState.stopped.write(containerLayout)
    try? supervisor.release([record.id])
    if context.processes.status(record.id).process != nil {
      _ = try? context.processes.signal(record.id, SIGKILL)
      if let shim = context.processes.shim(record.id) {
        _ = try? shim.waitForEnd(timeoutMilliseconds: 5000)
      }
    }
    try? connector.disconnect(record.id)
    try? context.processes.cleanup(record.id)
    firewall.portsChanged()
  }
}
