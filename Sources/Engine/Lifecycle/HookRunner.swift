import Compose
import Glibc
import Linux
import Model
import Planning
import Runtime
import State

/// Runs the hooks of containers: commands that are executed in a container that runs.
struct HookRunner {
  let context: ContainerContext

  /// Runs a `post_start` hook. Throws unless it ends with exit code 0.
  func runPostStart(_ hook: Hook, in record: ContainerRecord) throws(EngineError) {
    let outcome = try run(hook, in: record)
    guard outcome.code != 0 else { return }
    throw EngineError(failure(of: hook, .error, .postStart, in: record, outcome))
  }

  /// Runs a `pre_stop` hook. The container is stopped all the same when it fails: that is only
  /// warned about.
  func runPreStop(_ hook: Hook, in record: ContainerRecord) {
    do {
      let outcome = try run(hook, in: record)
      guard outcome.code != 0 else { return }
      context.engine.progress.warn(failure(of: hook, .warning, .preStop, in: record, outcome))
    } catch {
      for diagnostic in error.diagnostics {
        context.engine.progress.warn(
          Diagnostic(.warning, diagnostic.message, hint: diagnostic.hint))
      }
    }
  }

  /// Runs the command of `sync+exec`; returns its exit code and the lines that it wrote.
  func runAfterCopy(
    _ hook: Hook, in record: ContainerRecord
  ) throws(EngineError) -> (code: Int32, lines: [String]) {
    let outcome = try run(hook, in: record)
    return (outcome.code, outcome.lines)
  }

  private func failure(
    of hook: Hook, _ severity: Diagnostic.Severity, _ moment: Operation.HookRun.Moment,
    in record: ContainerRecord, _ outcome: Outcome
  ) -> Diagnostic {
    Diagnostic(
      severity,
      "the \(moment.rawValue) hook \(hook.command.joined(separator: " ")) of \(record.name) ended "
        + "with exit code \(outcome.code)",
      hint: outcome.lastLine.map { "it wrote: \($0)" })
  }

  /// How a hook went.
  private struct Outcome {
    /// Its exit code.
    var code: Int32
    /// The lines it wrote, from the first to the last; of many the last ones.
    var lines: [String]
    /// The last line it wrote, if any.
    var lastLine: String? { lines.last }
  }

  private static let outputLimit = 64 * 1024

  /// Runs a hook to its end.
  private func run(_ hook: Hook, in record: ContainerRecord) throws(EngineError) -> Outcome {
    var request = ExecRequest(id: record.id, arguments: hook.command)
    request.environment = hook.environment.compactMap { entry in
      entry.value.map { NamedValue(entry.key, $0) }
    }
    request.user = hook.user
    request.workingDirectory = hook.workingDirectory
    request.privileged = hook.privileged
    let exec = Exec(layout: context.layout, executable: try context.shim())
    do {
      let pipe = try Descriptors.pipe()
      let running = try exec.spawn(request, output: pipe.write.raw, errors: pipe.write.raw)
      pipe.write.close()
      var lines = HookLines { [hookLine = context.engine.hookLine] in hookLine?(record, $0) }
      let output = try Self.lastOutput(of: running.process, pipe.read.raw) { lines.take($0) }
      lines.end()
      let status = try running.process.reap()
      let text = String(decoding: output, as: UTF8.self)
      return Outcome(
        code: status.code, lines: text.split(separator: "\n").map(String.init))
    } catch let error as LaunchFailure {
      throw EngineError(
        "cannot run the hook \(hook.command.joined(separator: " ")) in \(record.name): \(error)")
    } catch let error as SyscallError {
      throw EngineError(error, doing: "run a hook in \(record.name)")
    } catch {
      throw EngineError("cannot run a hook in \(record.name): \(error)")
    }
  }

  /// Hands on what a process writes until it ends, and keeps the end of that. What a process that it
  /// left behind still writes is not waited for.
  private static func lastOutput(
    of process: PidFD, _ pipe: Int32, handOn: (ArraySlice<UInt8>) -> Void
  ) throws(SyscallError) -> ArraySlice<UInt8> {
    var kept: [UInt8] = []
    var portion = [UInt8](repeating: 0, count: 4096)
    // As much as a pipe holds is read of what was written before the end.
    var rest = outputLimit
    while rest > 0 {
      var entries = [pipe, process.raw].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      try Descriptors.poll(&entries, timeoutMilliseconds: nil)
      guard entries[0].revents != 0 else { break }
      let count = try Syscall.retry("read") { read(pipe, &portion, portion.count) }
      guard count > 0 else { break }
      kept += portion[..<count]
      handOn(portion[..<count])
      if kept.count > 2 * outputLimit { kept.removeFirst(kept.count - outputLimit) }
      if entries[1].revents != 0 { rest -= count }
    }
    return kept.suffix(outputLimit)
  }
}

/// Cuts what a hook writes into lines.
private struct HookLines {
  private let show: (ArraySlice<UInt8>) -> Void
  private var rest: [UInt8] = []

  // A hook may write for ever without an end of line.
  private static let longestLine = 1 << 16

  init(show: @escaping (ArraySlice<UInt8>) -> Void) { self.show = show }

  mutating func take(_ bytes: ArraySlice<UInt8>) {
    rest += bytes
    var start = 0
    while let end = rest[start...].firstIndex(of: 0x0A) {
      show(rest[start..<end])
      start = end + 1
    }
    rest.removeFirst(start)
    if rest.count > Self.longestLine { end() }
  }

  mutating func end() {
    if !rest.isEmpty { show(rest[...]) }
    rest = []
  }
}
