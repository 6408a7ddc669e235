import Image
import Model
import Registry

/// The registries as the engine uses them: Ctrl-C ends what runs, messages become errors.
struct RegistryAccess {
  let engine: Engine
  let progress: any TransferProgress

  private var store: ImageStore {
    ImageStore(layout: engine.layout, archiveProgram: engine.executables.archive)
  }

  func pull(_ request: PullRequest) throws(RegistryError) -> PullResult {
    try using { (registry) throws(RegistryError) in try registry.pull(request, into: store) }
  }

  func push(_ reference: Reference) throws(RegistryError) -> PushResult {
    try using { (registry) throws(RegistryError) in try registry.push(reference, from: store) }
  }

  private func using<Value>(
    _ body: (Registry) throws(RegistryError) -> Value
  ) throws(RegistryError) -> Value {
    let cancellation = TransferCancellation()
    let watch = InterruptionWatch(engine.interruption) { cancellation.cancel() }
    defer { watch.end() }
    let settings = try RegistrySettings.current()
    return try body(Registry(settings, progress: progress, cancellation: cancellation))
  }
}

extension EngineError {
  /// What a registry did not do.
  init(_ error: RegistryError) {
    self = error.kind == .cancelled ? .interrupted : EngineError(error.diagnostic)
  }
}

extension Engine {
  /// Pulls an image that need not belong to a project.
  public func pullImage(
    _ request: PullRequest, progress: any TransferProgress
  ) throws(EngineError) -> PullResult {
    try ServiceSelection.requireRoot()
    do throws(RegistryError) {
      return try RegistryAccess(engine: self, progress: progress).pull(request)
    } catch {
      throw EngineError(error)
    }
  }

  /// Pushes an image that need not belong to a project.
  public func pushImage(
    _ reference: Reference, progress: any TransferProgress
  ) throws(EngineError) -> PushResult {
    try ServiceSelection.requireRoot()
    do throws(RegistryError) {
      return try RegistryAccess(engine: self, progress: progress).push(reference)
    } catch {
      throw EngineError(error)
    }
  }
}
