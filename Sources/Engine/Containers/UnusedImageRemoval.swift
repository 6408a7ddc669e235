import Image
import Model
import State

/// Removes images that no container uses.
struct UnusedImageRemoval {
  let context: ContainerContext

  /// Takes a name from an image, and removes the image with its last name.
  func remove(_ name: String) throws(EngineError) {
    let use = try ImageUse(context)
    do throws(Diagnostic) {
      _ = try context.images.remove(name, users: use.containers)
    } catch {
      throw EngineError(error)
    }
    context.forgetImage(name)
  }
}
