import Glibc
import Linux
import Model
import State

/// Runs further commands in containers.
package struct Exec: Sendable {
  let layout: Layout
  let executable: ShimExecutable

  /// Makes a runner that uses the given shim.
  package init(layout: Layout, executable: ShimExecutable) {
    self.layout = layout
    self.executable = executable
  }

  /// Begins a command. The streams should be pipes; what is nil is the container's /dev/null.
  ///
  /// The result is a child of ours that ends with the command's exit code (128 and the signal's
  /// number when a signal ended it): somebody must `reap` it. A paused container is refused.
  package func spawn(
    _ request: ExecRequest, input: Int32? = nil, output: Int32? = nil, errors: Int32? = nil
  ) throws(LaunchFailure) -> RunningExec {
    switch try status(request.id) {
    case .running: break
    case .paused:
      throw LaunchFailure(
        stage: "exec", message: "container \(request.id.short) is paused: unpause it first")
    case .created, .exited:
      throw LaunchFailure(stage: "exec", message: "container \(request.id.short) is not running")
    }
    try SeccompPreparation(layout: layout).prepareCommand(in: request.id)
    do throws(SyscallError) {
      return try start(request, streams: [input, output, errors])
    } catch {
      throw LaunchFailure(stage: "exec", error)
    }
  }

  private func status(_ id: ObjectID) throws(LaunchFailure) -> ProcessStatus {
    do throws(SyscallError) { return try ContainerProcess(layout: layout).check(id) } catch {
      throw LaunchFailure(stage: "exec", error)
    }
  }

  private func start(
    _ request: ExecRequest, streams: [Int32?]
  ) throws(SyscallError) -> RunningExec {
    let container = layout.container(request.id)
    let (ours, theirs) = try UnixSocket.pair(.stream)
    let null = try Files.open("/dev/null", O_RDWR)
    var descriptors: [(from: Int32, to: Int32)] = [(theirs.raw, ShimDescriptor.report)]
    for (number, stream) in streams.enumerated() {
      descriptors.append((stream ?? null.raw, Int32(number)))
    }
    let given = ShimInvocation.GivenStreams(streams.map { $0 != nil })
    var spawn = executable.request(.exec(container, streams: given), descriptors: descriptors)
    spawn.newSession = true
    let process = try Spawn.start(spawn)
    theirs.close()
    var bytes = request.json.utf8()
    while !bytes.isEmpty {
      let count = try UnixSocket.send(ours.raw, bytes)
      bytes.removeFirst(count)
    }
    shutdown(ours.raw, Int32(SHUT_WR))
    return RunningExec(process: process, control: ours)
  }
}

/// A command that was begun in a container.
package final class RunningExec {
  /// The process to wait for; its exit code is the command's.
  package let process: PidFD
  private let control: OwnedDescriptor

  init(process: PidFD, control: OwnedDescriptor) {
    self.process = process
    self.control = control
  }

  /// Readable once it is known whether the command started.
  package var descriptor: Int32 { control.raw }

  /// Waits until the command's program runs.
  ///
  /// - Returns: its terminal, if it has one.
  package func started() throws(LaunchFailure) -> OwnedDescriptor? {
    var text: [UInt8] = []
    var terminal: OwnedDescriptor?
    while true {
      let part: (bytes: [UInt8], descriptors: [OwnedDescriptor])
      do throws(SyscallError) {
        try Descriptors.awaitInput(
          control.raw, for: "recvmsg", timeoutMilliseconds: WaitLimit.preparation)
        part = try UnixSocket.receive(control.raw, atMost: 4096)
      } catch {
        throw stuck(error)
      }
      if part.bytes.isEmpty { break }
      text += part.bytes
      terminal = part.descriptors.first ?? terminal
    }
    let reports = text.split(separator: 0x0A).compactMap { LaunchReport(line: $0) }
    for case .failed(let failure) in reports { throw failure }
    guard reports.contains(.ready) else {
      throw LaunchFailure(
        stage: "exec", message: "the process that was to start the command ended before it did")
    }
    return terminal
  }

  /// A command whose start gives no word is given up.
  private func stuck(_ error: SyscallError) -> LaunchFailure {
    guard error.errno == ETIMEDOUT else { return LaunchFailure(stage: "exec", error) }
    try? process.signal(SIGKILL)
    return LaunchFailure(
      stage: "exec",
      message: "the process that was to start the command gave no word for "
        + "\(WaitLimit.words(WaitLimit.preparation)) and was killed: \(error)",
      errno: error.errno)
  }
}
