import Compose
import Engine
import Model
import YAML

/// The images of a project with the digests by which their registries know them today.
struct ImageDigests {
  let engine: Engine

  /// A Compose file that pins the images of a project's services; those that are built and have no
  /// name of their own are in no registry.
  func override(of project: Project) throws -> String {
    var services = Mapping()
    for service in project.services.sorted(by: { $0.name < $1.name }) {
      guard service.provider == nil, !(service.build != nil && service.hasDefaultImage) else {
        continue
      }
      let image = try engine.pinned(service.image)
      let entry: Node = ["image": .string(image)]
      services.set(service.name, entry)
    }
    let tree: Node = ["services": .mapping(services, at: .none)]
    return YAMLWriter.text(of: tree, escapesDollars: true)
  }

  /// A model that says nothing but the images of services.
  static func alone(in tree: Node) -> Node {
    var services = Mapping()
    for entry in tree["services"]?.mapping?.entries ?? [] {
      guard let image = entry.value["image"] else { continue }
      let service: Node = ["image": image]
      services.set(entry.key, service)
    }
    return ["services": .mapping(services, at: .none)]
  }

  /// A model in which the images of services have their digests.
  func pinned(_ tree: Node) throws -> Node {
    var tree = tree
    for name in tree["services"]?.mapping?.keys.map({ $0 }) ?? [] {
      guard let image = tree["services"]?[name]?["image"], let text = image.stringValue else {
        continue
      }
      tree["services"]?[name]?["image"] = image.replacing(.string(try engine.pinned(text)))
    }
    return tree
  }
}
