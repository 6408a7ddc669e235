import Image
import Model
import State
import Synchronization
import Transfer

/// Finds the images that builds begin with or copy from, in the store or in a registry.
final class BaseImages: Sendable {
  private let context: ContainerContext
  private let looksForNewer: Bool
  /// Images that this project builds: no registry has them.
  private let ownNames: Set<String>
  private let isQuiet: Bool
  private let fresh = Mutex<Set<String>>([])

  init(
    _ context: ContainerContext, looksForNewer: Bool, ownNames: Set<String>, isQuiet: Bool
  ) {
    self.context = context
    self.looksForNewer = looksForNewer
    self.ownNames = ownNames
    self.isQuiet = isQuiet
  }

  /// The image of a name; it is pulled when it is missing, or when newer ones are looked for.
  func find(_ name: String) throws(Diagnostic) -> ImageRecord {
    let known = try context.images.find(name)
    // An id is no name: no registry knows it.
    guard let reference = try? Reference(name) else {
      if let known { return known }
      return try context.images.resolve(name)
    }
    let isDone = ownNames.contains(name) || fresh.withLock { $0.contains(name) }
    if let known, isDone || !looksForNewer { return known }
    let progress = context.engine.progress
    let resource = ProgressEvent.Resource(.image, reference.familiar)
    progress.report(ProgressEvent(resource, .pulling))
    do throws(RegistryError) {
      let reporter = TransferReporter(
        progress: progress, isQuiet: isQuiet, image: reference.familiar)
      let access = RegistryAccess(engine: context.engine, progress: reporter)
      let result = try access.pull(PullRequest(reference))
      progress.report(ProgressEvent(resource, .pulled))
      fresh.withLock { _ = $0.insert(name) }
      return result.image
    } catch {
      progress.report(ProgressEvent(resource, .error, detail: error.diagnostic.message))
      throw error.diagnostic
    }
  }
}
