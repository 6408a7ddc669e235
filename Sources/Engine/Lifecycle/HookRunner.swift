import Compose
import Linux
import Model
import Runtime
import State

/// Runs commands in a container for the engine: hooks.
struct HookRunner {
  let context: ContainerContext

  /// How a hook went.
  struct Outcome {
    /// Its exit code.
    var code: Int32
    /// The last line it wrote, if any.
    var lastLine: String?
  }

  private static let outputLimit = 64 * 1024

  /// Runs a hook to its end.
  func run(_ hook: Hook, in record: ContainerRecord) throws(EngineError) -> Outcome {
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
