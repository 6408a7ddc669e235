import Image
import Linux
import Model
import State
import Transfer

/// The registries as the engine uses them: Ctrl-C ends what runs, messages become errors.
struct RegistryAccess {
  let engine: Engine
  let progress: any TransferProgress

  func pull(_ request: PullRequest) throws(RegistryError) -> PullResult {
    try using { (program, cancellation) throws(RegistryError) in
      try program.pull(request, cancellation)
    }
  }

  func push(_ reference: Reference) throws(RegistryError) -> PushResult {
    try using { (program, cancellation) throws(RegistryError) in
      try program.push(reference, cancellation)
    }
  }

  func using<Value>(
    _ body: (RegistryProgram, RegistryCancellation) throws(RegistryError) -> Value
  ) throws(RegistryError) -> Value {
    let cancellation = RegistryCancellation()
    let watch: InterruptionWatch
    do throws(SyscallError) {
      watch = try InterruptionWatch(engine.interruption) { cancellation.cancel() }
    } catch {
      throw RegistryError(.local, "cannot watch for Ctrl-C: \(error)")
    }
    defer { watch.end() }
    let program = RegistryProgram(
      path: engine.executables.registry, layout: engine.layout,
      archiveProgram: engine.executables.archive, progress: progress)
    return try body(program, cancellation)
  }
}

extension RegistryError {
  /// The exit code of a command that ends because of it: a full disk is no registry's fault.
  var exitCode: Int32 { kind == .local ? FailureCode.failure : FailureCode.registry }
}

extension EngineError {
  /// What a registry did not do.
  init(_ error: RegistryError) {
    self =
      error.kind == .cancelled
      ? .interrupted : EngineError(error.diagnostic, exitCode: error.exitCode)
  }
}

extension Engine {
  /// Pulls an image that need not belong to a project.
  package func pullImage(
    _ request: PullRequest, progress: any TransferProgress
  ) throws(EngineError) -> PullResult {
    try Engine.requireRoot()
    do throws(RegistryError) {
      return try RegistryAccess(engine: self, progress: progress).pull(request)
    } catch {
      throw EngineError(error)
    }
  }

  /// Pushes an image that need not belong to a project.
  package func pushImage(
    _ reference: Reference, progress: any TransferProgress
  ) throws(EngineError) -> PushResult {
    try Engine.requireRoot()
    do throws(RegistryError) {
      return try RegistryAccess(engine: self, progress: progress).push(reference)
    } catch {
      throw EngineError(error)
    }
  }
}
