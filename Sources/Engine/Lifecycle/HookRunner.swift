import Compose
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
    /// The last line it wrote, if any.
    var lastLine: String?
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
      let output = try Descriptors.readAll(pipe.read.raw, limit: Self.outputLimit)
      let status = try running.process.reap()
      let text = String(decoding: output, as: UTF8.self)
      return Outcome(
        code: status.code, lastLine: text.split(separator: "\n").last.map(String.init))
    } catch let error as LaunchFailure {
      throw EngineError(
        "cannot run the hook \(hook.command.joined(separator: " ")) in \(record.name): \(error)")
    } catch let error as SyscallError {
      throw EngineError(error, doing: "run a hook in \(record.name)")
    } catch {
      throw EngineError("cannot run a hook in \(record.name): \(error)")
    }
  }
}
