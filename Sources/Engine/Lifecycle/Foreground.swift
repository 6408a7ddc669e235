import Glibc
import Linux
import Model
import Runtime
import State

/// Joins our streams with those of a container that runs, until it ends.
struct Foreground {
  let context: ContainerContext
  let record: ContainerRecord
  let options: ForegroundOptions

  /// Returns the exit code; nil when the user detached, and the container runs on.
  func follow(_ attachment: Attachment) throws(EngineError) -> Int32? {
    context.engine.progress.settle()
    let ends = ContainerEnds(context)
    let relay = options.passesSignals ? try SignalRelay(context, record) : nil
    defer { relay?.end() }
    let isTerminal = options.terminal && Terminal.isTerminal(0)
    let settings = isTerminal && options.interactive ? try? Terminal.makeRaw(0) : nil
    defer { if let settings { Terminal.restore(0, settings) } }
    let end: Attachment.End
    do throws(SyscallError) {
      end = try attachment.run(
        input: options.interactive ? 0 : nil, output: 1, errors: 2,
        terminal: isTerminal ? 0 : nil, detachKeys: isTerminal ? options.detachKeys : [],
        stop: (relay?.enough ?? context.engine.interruption).descriptor)
    } catch {
      // Nobody reads any more, as in `roost run web yes | head`: the container runs on.
      if error.errno == EPIPE { return nil }
      throw EngineError(error, doing: "pass the streams of \(record.name) on")
    }
    if end == .stopped, relay != nil { throw SignalRelay.leaving(record) }
    guard end == .closed else { return nil }
    if let shim = context.processes.shim(record.id) {
      _ = try? shim.waitForEnd(timeoutMilliseconds: WaitLimit.end)
    }
    return ends.end(of: record.id)?.code ?? 255
  }
}

/// Passes the signals that we get on to a container in the foreground.
final class SignalRelay: Sendable {
  /// Interrupted when the user has asked so often that the container will not listen.
  let enough = Interruption()
  private let watch: RepeatedInterruptionWatch

  /// So many times, as with Docker.
  private static let patience = 3

  init(_ context: ContainerContext, _ record: ContainerRecord) throws(EngineError) {
    let (enough, id, interruption) = (enough, record.id, context.engine.interruption)
    watch = try explaining("watch for signals") { () throws(SyscallError) in
      try RepeatedInterruptionWatch(interruption, seen: 0) { count in
        let isRequest = [SIGINT, SIGTERM].contains(interruption.signal)
        if isRequest, count >= Self.patience { enough.interrupt() }
        _ = try? context.processes.signal(id, interruption.signal)
        return false
      }
    }
  }

  func end() { watch.end() }

  /// What is said when the container did not listen.
  static func leaving(_ record: ContainerRecord) -> EngineError {
    EngineError(
      "\(record.name) did not end after \(patience) signals and runs on",
      hint: "end it with `roost container kill \(record.name)`",
      exitCode: EngineError.interruptedExitCode)
  }
}
