import Glibc
import Linux
import Model
import State

/// Starts containers: one shim each.
package struct Launcher: Sendable {
  private let layout: Layout
  private let executable: ShimExecutable

  /// Makes a launcher that runs the shim at `shimPath`.
  package init(layout: Layout, shimPath: String) throws(SyscallError) {
    self.layout = layout
    executable = try ShimExecutable(shimPath)
  }

  /// Makes a launcher from a program that is open already.
  package init(layout: Layout, executable: ShimExecutable) {
    self.layout = layout
    self.executable = executable
  }

  /// Begins to start a container whose `spec.json` is written. Many may be pending at once.
  ///
  /// - Parameters:
  ///   - terminalSize: the first size of its terminal.
  ///   - attached: gives the caller the first connection to its streams, made before the program
  ///     runs, so that nothing it writes is missed.
  ///   - barrier: has everything but the program itself started until the barrier is lifted.
  package func start(
    _ id: ObjectID, terminalSize: TerminalSize? = nil, attached: Bool = false,
    barrier: StartBarrier? = nil
  ) throws(LaunchFailure) -> PendingLaunch {
    try SeccompPreparation(layout: layout).prepareRun(of: id)
    do throws(SyscallError) {
      let container = layout.container(id)
      let report = try Descriptors.pipe()
      let null = try Files.open("/dev/null", O_RDWR)
      var descriptors: [(from: Int32, to: Int32)] = [
        (null.raw, 0), (null.raw, 1), (null.raw, 2), (report.write.raw, ShimDescriptor.report),
      ]
      let pair = attached ? try UnixSocket.pair(.messages) : nil
      if let pair { descriptors.append((pair.1.raw, ShimDescriptor.attachment)) }
      if let barrier { descriptors.append((barrier.theirs.raw, ShimDescriptor.barrier)) }
      var request = executable.request(
        .run(container, terminalSize: terminalSize), descriptors: descriptors)
      request.newSession = true
      let pid = try Spawn.detach(request)
      return PendingLaunch(
        id: id, shim: pid, report: report.read, attachment: pair.map { Attachment($0.0) },
        processes: ContainerProcess(layout: layout))
    } catch {
      throw LaunchFailure(stage: "shim", error)
    }
  }
}

/// A container that is being started.
package final class PendingLaunch {
  /// The container.
  package let id: ObjectID
  /// The first connection to its streams, when it was asked for.
  package let attachment: Attachment?
  private let shim: Int32
  private let report: OwnedDescriptor
  private let processes: ContainerProcess
  private var said: [UInt8] = []

  init(
    id: ObjectID, shim: Int32, report: OwnedDescriptor, attachment: Attachment?,
    processes: ContainerProcess
  ) {
    self.processes = processes
    self.id = id
    self.shim = shim
    self.report = report
    self.attachment = attachment
  }

  /// Readable once the result is known or a warning came.
  package var descriptor: Int32 { report.raw }

  /// Waits until the container's program runs.
  ///
  /// - Returns: what was not possible although it was asked for, in sentences for people.
  package func wait() throws(LaunchFailure) -> [String] {
    do throws(SyscallError) {
      while try take(within: WaitLimit.launch) {}
    } catch {
      cancel()
      try? processes.cleanup(id)
      throw LaunchFailure(
        stage: "shim",
        message: "the process that was to run container \(id.short) gave no word for "
          + "\(WaitLimit.words(WaitLimit.launch)) and was killed: \(error)", errno: error.errno)
    }
    var warnings: [String] = []
    for line in said.split(separator: 0x0A) {
      switch LaunchReport(line: line) {
      case .warning(let text): warnings.append(text)
      case .started: return warnings
      case .failed(let failure): throw failure
      case .ready, nil: continue
      }
    }
    // The shim was killed.
    if canGoOn { return warnings }
    try? processes.cleanup(id)
    var failure = LaunchFailure(
      stage: "shim",
      message: "the process that was to run container \(id.short) ended before it started it")
    failure.isInterruption = true
    throw failure
  }

  /// True when the program may have begun, and a supervisor gives it another shim.
  private var canGoOn: Bool {
    let spec = processes.layout.container(id).spec
    return processes.hasBegun(id) && ContainerSpec.readIfUsable(spec)?.supervisor != nil
  }

  /// Takes what the shim has said so far; true once all is said and `wait` returns at once.
  package func isOver() -> Bool {
    do throws(SyscallError) {
      while try take(within: 0) {}
      return true
    } catch {
      return error.errno != ETIMEDOUT
    }
  }

  /// Takes a portion of what the shim says; false at its end.
  private func take(within milliseconds: Int32) throws(SyscallError) -> Bool {
    try Descriptors.awaitInput(report.raw, for: "read", timeoutMilliseconds: milliseconds)
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = try Syscall.retry("read") { read(report.raw, &buffer, buffer.count) }
    said += buffer[..<count]
    return count > 0
  }

  /// Gives the start up: kills the shim, and with it what it has begun. Then `wait` throws.
  ///
  /// Does nothing to a container that runs already.
  package func cancel() {
    if isOver() { return }
    // The shim holds the other end of the report, so it is the one we started; it has no arguments
    // while it is becoming its program.
    guard let process = try? PidFD(pid: shim),
      [nil, ShimInvocation.programName].contains(ProcessTable.arguments(shim).first)
    else { return }
    try? process.signal(SIGKILL)
  }
}
