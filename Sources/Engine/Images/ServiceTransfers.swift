import Compose
import Image
import Linux
import Model
import State
import Transfer

/// Pulls and pushes the images of services, several at a time.
struct ServiceTransfers {
  /// A transfer that did not succeed.
  struct Failure: Sendable {
    var service: Service
    var error: RegistryError

    /// The message, at the place in the file that asked for the image.
    var diagnostic: Diagnostic {
      var located = service.source.diagnostic(
        .error, error.diagnostic.message, part: "image", hint: error.diagnostic.hint)
      located.notes = error.diagnostic.notes
      return located
    }
  }

  /// The transfers that did not succeed as an error: the registry's fault when any of them is.
  static func error(_ failures: [Failure]) -> EngineError {
    EngineError(
      failures.map(\.diagnostic),
      exitCode: failures.map(\.error.exitCode).max() ?? FailureCode.failure)
  }

  let context: ContainerContext
  let isQuiet: Bool

  private static let mostAtOnce = 3

  /// Pulls the images of services; images that several share are pulled once.
  func pull(_ services: [Service]) throws(EngineError) -> [Failure] {
    try run(services, .pulling, .pulled) { (service, access) throws(RegistryError) in
      _ = try access.pull(
        PullRequest(Self.reference(service), platform: service.imagePlatform))
    }
  }

  /// Pushes the images of services.
  func push(_ services: [Service]) throws(EngineError) -> [Failure] {
    try run(services, .pushing, .pushed) { (service, access) throws(RegistryError) in
      _ = try access.push(Self.reference(service))
    }
  }

  private static func reference(_ service: Service) throws(RegistryError) -> Reference {
    do throws(Diagnostic) { return try Reference(service.image) } catch {
      throw RegistryError(.local, error)
    }
  }

  private func run(
    _ services: [Service], _ begin: ProgressEvent.Phase, _ end: ProgressEvent.Phase,
    _ transfer: @escaping @Sendable (Service, RegistryAccess) throws(RegistryError) -> Void
  ) throws(EngineError) -> [Failure] {
    var seen: Set<String> = []
    let distinct = services.filter { service in
      seen.insert("\(service.image) \(service.imagePlatform?.description ?? "")").inserted
    }
    let queue = ConditionLock(Queue(left: distinct[...], running: 0))
    let engine = context.engine
    let quiet = isQuiet
    for _ in 0..<min(Self.mostAtOnce, distinct.count) {
      queue.with { $0.running += 1 }
      WorkerThread.start {
        while let service = queue.with({ $0.left.popFirst() }) {
          let users = services.filter { $0.image == service.image }.map(\.name)
          let failure = Self.perform(service, users, engine, quiet, begin, end, transfer)
          queue.with { queue in
            if let failure { queue.failures.append(failure) }
          }
        }
        queue.with { $0.running -= 1 }
      }
    }
    let failures = queue.wait { $0.running == 0 ? $0.failures : nil }
    for service in distinct { context.forgetImage(service.image) }
    if engine.interruption.isInterrupted { throw .interrupted }
    return failures
  }

  private struct Queue: Sendable {
    var left: ArraySlice<Service>
    var running: Int
    var failures: [Failure] = []
  }

  private static func perform(
    _ service: Service, _ users: [String], _ engine: Engine, _ isQuiet: Bool,
    _ begin: ProgressEvent.Phase, _ end: ProgressEvent.Phase,
    _ transfer: (Service, RegistryAccess) throws(RegistryError) -> Void
  ) -> Failure? {
    let resource = ProgressEvent.Resource(.image, service.image)
    guard !engine.interruption.isInterrupted else { return nil }
    let access = RegistryAccess(
      engine: engine,
      progress: TransferReporter(
        progress: engine.progress, isQuiet: isQuiet, image: service.image))
    engine.progress.report(ProgressEvent(resource, begin, services: users))
    do throws(RegistryError) {
      try transfer(service, access)
      engine.progress.report(ProgressEvent(resource, end))
      return nil
    } catch {
      engine.progress.report(ProgressEvent(resource, .error, detail: error.diagnostic.message))
      return Failure(service: service, error: error)
    }
  }
}

extension Service {
  /// The platform of the service's image; nil for the machine's.
  var imagePlatform: Image.Platform? {
    guard let platform else { return nil }
    let text = [platform.os, platform.architecture, platform.variant].compactMap { $0 }
    return try? Image.Platform(text.joined(separator: "/"))
  }
}
