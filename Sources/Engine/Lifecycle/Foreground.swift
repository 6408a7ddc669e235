import Glibc
import Linux
import Model
import Runtime

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
        stop: options.passesSignals ? nil : context.engine.interruption.descriptor)
    } catch {
      throw EngineError(error, doing: "pass the streams of \(record.name) on")
    }
    guard end == .closed else { return nil }
    if let shim = context.processes.shim(record.id) { _ = try? shim.waitForEnd() }
    return ExitRecord.read(context.layout.container(record.id).exit)?.code ?? 255
  }
}

/// Passes the signals that we get on to a container in the foreground.
final class SignalRelay: Sendable {
  private let over = Interruption()

  /// How often it is looked for further signals after the first.
  private static let lookMilliseconds: Int32 = 20

  init(_ context: ContainerContext, _ record: ContainerRecord) {
    let (over, id) = (over, record.id)
    let interruption = context.engine.interruption
    WorkerThread.start {
      var seen = 0
      while !over.isInterrupted {
        let count = interruption.count
        if count > seen {
          seen = count
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
}
