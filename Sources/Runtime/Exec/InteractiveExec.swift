import Glibc
import Linux
import State

/// Our own streams, as a command in a container gets them.
package struct StandardStreams: Sendable {
  /// Standard input; nil gives the command none.
  package var input: Int32?
  /// Standard output.
  package var output: Int32
  /// Standard error.
  package var errors: Int32

  /// Makes a set; without arguments it is ours.
  package init(input: Int32? = 0, output: Int32 = 1, errors: Int32 = 2) {
    self.input = input
    self.output = output
    self.errors = errors
  }
}

extension Exec {
  /// The signals that are passed on to a command in the foreground.
  package static let forwardedSignals = [SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2]

  /// Runs a command in the foreground and returns its exit code.
  ///
  /// On a terminal, ours is made raw, follows changes of size and is put back. Without, every byte
  /// passes unchanged. Signals pass on to the command. To be called with one thread, or with
  /// `forwardedSignals` blocked in the others.
  package func run(
    _ request: ExecRequest, streams: StandardStreams = StandardStreams(),
    detachKeys: [UInt8] = []
  ) throws(LaunchFailure) -> Int32 {
    do throws(ForegroundError) {
      return request.terminal
        ? try runOnTerminal(request, streams, detachKeys: detachKeys)
        : try runOnPipes(request, streams)
    } catch {
      switch error {
      case .launch(let failure): throw failure
      case .call(let error): throw LaunchFailure(stage: "exec", error)
      }
    }
  }

  private func runOnTerminal(
    _ original: ExecRequest, _ streams: StandardStreams, detachKeys: [UInt8]
  ) throws(ForegroundError) -> Int32 {
    var request = original
    let ours = streams.input.flatMap { Terminal.isTerminal($0) ? $0 : nil }
    if let size = Terminal.size(ours ?? streams.output) {
      request.rows = size.rows
      request.columns = size.columns
    }
    let running = try launch(request)
    guard let terminal = try started(running) else {
      throw .launch(LaunchFailure(stage: "exec", message: "the command got no terminal"))
    }
    let settings = ours.flatMap { try? Terminal.makeRaw($0) }
    defer { if let ours, let settings { Terminal.restore(ours, settings) } }
    return try call { () throws(SyscallError) -> Int32 in
      var relay = ProcessRelay(process: running.process)
      try relay.addTerminal(
        terminal, input: streams.input, output: streams.output, keys: DetachKeys(detachKeys))
      return try relay.run(window: WindowWatch(ours)) { size in
        try? Terminal.setSize(terminal.raw, size)
      }
    }
  }

  private func runOnPipes(
    _ request: ExecRequest, _ streams: StandardStreams
  ) throws(ForegroundError) -> Int32 {
    // Pipes go straight to the command. A file or terminal of the machine must not: its
    // descriptor would be a way to the file itself.
    var inputs: [(from: Int32, to: OwnedDescriptor)] = []
    var outputs: [(from: OwnedDescriptor, to: Int32)] = []
    var theirs: [OwnedDescriptor] = []
    func passable(_ stream: Int32, isInput: Bool) throws(SyscallError) -> Int32 {
      if (try? Files.status(descriptor: stream))?.kind == .pipe { return stream }
      let pipe = try Descriptors.pipe()
      theirs.append(isInput ? pipe.read : pipe.write)
      if isInput {
        inputs.append((stream, pipe.write))
      } else {
        outputs.append((pipe.read, stream))
      }
      return isInput ? pipe.read.raw : pipe.write.raw
    }
    let given = try call { () throws(SyscallError) -> [Int32?] in
      [
        try streams.input.map { stream throws(SyscallError) in
          try passable(stream, isInput: true)
        }, try passable(streams.output, isInput: false),
        try passable(streams.errors, isInput: false),
      ]
    }
    let running = try launch(request, given)
    for end in theirs { end.close() }
    _ = try started(running)
    return try call { () throws(SyscallError) -> Int32 in
      var relay = ProcessRelay(process: running.process)
      for input in inputs { try relay.addInput(from: input.from, to: input.to) }
      for output in outputs { try relay.addOutput(from: output.from, to: output.to) }
      return try relay.run(window: nil)
    }
  }

  private func launch(
    _ request: ExecRequest, _ streams: [Int32?] = [nil, nil, nil]
  ) throws(ForegroundError) -> RunningExec {
    do throws(LaunchFailure) {
      return try spawn(request, input: streams[0], output: streams[1], errors: streams[2])
    } catch {
      throw .launch(error)
    }
  }

  private func started(_ running: RunningExec) throws(ForegroundError) -> OwnedDescriptor? {
    do throws(LaunchFailure) {
      return try running.started()
    } catch {
      _ = try? running.process.reap()
      throw .launch(error)
    }
  }

  private func call<Value>(
    _ body: () throws(SyscallError) -> Value
  ) throws(ForegroundError) -> Value {
    do throws(SyscallError) { return try body() } catch { throw .call(error) }
  }
}

/// The two kinds of failure of a command in the foreground.
private enum ForegroundError: Error, CustomStringConvertible {
  case launch(LaunchFailure)
  case call(SyscallError)

  var description: String {
    switch self {
    case .launch(let failure): failure.description
    case .call(let error): error.description
    }
  }
}
