import Image
import Linux
import Model
import State
import Transfer

/// Finds the images that builds begin with or copy from, in the store or in a registry.
final class BaseImages: Sendable {
  private let context: ContainerContext
  /// Images that this project builds: no registry has them.
  private let ownNames: Set<String>
  private let isQuiet: Bool
  private let transfers = ConditionLock(Transfers())

  /// Which images were pulled, and which are being pulled now.
  private struct Transfers {
    var done: Set<Reference> = []
    var running: Set<Reference> = []
    /// What registries did not give, by the message.
    var failures: [String: Int32] = [:]
  }

  init(_ context: ContainerContext, ownNames: Set<String>, isQuiet: Bool) {
    self.context = context
    self.ownNames = ownNames
    self.isQuiet = isQuiet
  }

  /// The image of a name; it is pulled when it is missing, or when newer ones are looked for. What
  /// several builds need is pulled once.
  func find(_ name: String, looksForNewer: Bool) throws(Diagnostic) -> ImageRecord {
    // An id is no name: no registry knows it.
    guard let reference = try? Reference(name) else {
      if let known = try context.images.find(name) { return known }
      return try context.images.resolve(name)
    }
    let isDone = transfers.wait { transfers -> Bool? in
      if transfers.done.contains(reference) { return true }
      return transfers.running.insert(reference).inserted ? false : nil
    }
    defer { transfers.with { _ = $0.running.remove(reference) } }
    let known = try context.images.find(name)
    if let known, isDone || ownNames.contains(name) || !looksForNewer { return known }
    let image = try pull(reference)
    transfers.with { _ = $0.done.insert(reference) }
    return image
  }

  private func pull(_ reference: Reference) throws(Diagnostic) -> ImageRecord {
    let progress = context.engine.progress
    let resource = ProgressEvent.Resource(.image, reference.familiar)
    progress.report(ProgressEvent(resource, .pulling))
    do throws(RegistryError) {
      let reporter = TransferReporter(
        progress: progress, isQuiet: isQuiet, image: reference.familiar)
      let access = RegistryAccess(engine: context.engine, progress: reporter)
      let result = try access.pull(PullRequest(reference))
      progress.report(ProgressEvent(resource, .pulled))
      return result.image
    } catch {
      progress.report(ProgressEvent(resource, .error, detail: error.diagnostic.message))
      transfers.with { $0.failures[error.diagnostic.message] = error.exitCode }
      throw error.diagnostic
    }
  }

  /// The exit code of a build that ends because of an error: of the registry that did not give a base
  /// image, of this machine when something has run out, else the build's own.
  func exitCode(of error: Diagnostic) -> Int32 {
    let failures = transfers.with { $0.failures }
    if let code = failures.first(where: { error.message.contains($0.key) })?.value { return code }
    return Shortage() == nil ? FailureCode.build : FailureCode.failure
  }
}
