import Image
import Model
import State

/// Which containers use which image, whether they run or not: those that were made from it, and
/// those that mount it.
package struct ImageUse: Sendable {
  /// The names of containers by the image's id.
  private var users: [String: [String]] = [:]

  init(_ context: ContainerContext) throws(EngineError) {
    for record in try context.containers.all() {
      var images: Set<String> = [record.imageID]
      for mount in record.mounts where mount.kind == .image {
        if let image = mount.imageID {
          images.insert(image)
        } else if let image = try context.image(mount.source) {
          // Records of version 0.1 have no id of it: it is what has the name now.
          images.insert(image.id.hex)
        }
      }
      for image in images { users[image, default: []].append(record.name) }
    }
  }

  /// The names of the containers that use an image.
  package func containers(of image: ImageRecord) -> [String] { users[image.id.hex] ?? [] }
}

extension Engine {
  /// Which containers of this machine use which image.
  package func imageUse() throws(EngineError) -> ImageUse {
    try ImageUse(ContainerContext(self, project: ""))
  }
}
