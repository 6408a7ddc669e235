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
    let relay = options.passesSignals ? SignalRelay(context, record) : nil
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
      throw EngineError(error, doing: "pass the streams of \(record.name) on")
    }
    if end == .stopped, relay != nil { throw SignalRelay.leaving(record) }
    guard end == .closed else { return nil }
    if let shim = context.processes.shim(record.id) { _ = try? shim.waitForEnd() }
    return ExitRecord.read(context.layout.container(record.id).exit)?.code ?? 255
  }
}

/// Passes the signals that we get on to a container in the foreground.
final class SignalRelay: Sendable {
  private let over = Interruption()
  /// Interrupted when the user has asked so often that the container will not listen.
  let enough = Interruption()

  /// So many times, as with Docker.
  private static let patience = 3

  /// How often it is looked for further signals after the first.
  private static let lookMilliseconds: Int32 = 20

  init(_ context: ContainerContext, _ record: ContainerRecord) {
    let (over, enough, id) = (over, enough, record.id)
    let interruption = context.engine.interruption
    WorkerThread.start {
      var seen = 0
      while !over.isInterrupted {
        let count = interruption.count
        if count > seen {
          seen = count
          let isRequest = [SIGINT, SIGTERM].contains(interruption.signal)
          if isRequest, count >= Self.patience { enough.interrupt() }
          _ = try? context.processes.signal(id, interruption.signal)
        }
        // The descriptor stays readable after the first signal: then the count has to be looked at.
        var entries = [over.descriptor, interruption.descriptor].map {
          pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        if seen > 0 { entries.removeLast() }
        _ = try? Descriptors.poll(
          &entries, timeoutMilliseconds: seen > 0 ? Self.lookMilliseconds : nil)
      }
    }
  }

  func end() { over.interrupt() }

  /// What is said when the container did not listen.
  static func leaving(_ record: ContainerRecord) -> EngineError {
    EngineError(
      "\(record.name) did not end after \(patience) signals and runs on",
      hint: "end it with `roost container kill \(record.name)`",
      exitCode: EngineError.interruptedExitCode)
  }
}
