import YAML

/// Finds services that take no part, but build what those need that do: `worker` has the image that
/// `web` builds, or builds from it, and only `worker` was named on the command line.
package enum ImageBuilders {
  /// The names of such services.
  ///
  /// - Parameters:
  ///   - model: The services that take part.
  ///   - disabled: Those that do not.
  ///   - defaultImage: The image of a service that names none.
  static func names(
    in model: Node, _ disabled: Mapping, defaultImage: (String) -> String
  ) -> [String] {
    let services = model["services"]?.mapping?.entries ?? []
    let candidates = disabled.entries.filter { $0.value["build"]?.isNull == false }
    guard !candidates.isEmpty else { return [] }
    let building = services.filter { $0.value["build"]?.isNull == false }
    let built = building.map { image(of: $0, defaultImage) }
    var needed = Set(
      services.filter { $0.value["build"] == nil }.compactMap { $0.value["image"]?.stringValue }
        .map(comparable)
    ).subtracting(built)
    var names: [String] = []
    for candidate in candidates {
      if needed.remove(image(of: candidate, defaultImage)) != nil { names.append(candidate.key) }
    }
    return withContexts(of: building.map(\.value), names, candidates)
  }

  private static func image(
    of entry: Mapping.Entry, _ defaultImage: (String) -> String
  ) -> String {
    let image = entry.value["image"]?.stringValue ?? ""
    return comparable(image.isEmpty ? defaultImage(entry.key) : image)
  }

  /// Some of the candidates, and all of them that these and the services that take part build from.
  private static func withContexts(
    of active: [Node], _ names: [String], _ candidates: [Mapping.Entry]
  ) -> [String] {
    var result: [String] = []
    var waiting = names + active.flatMap(contexts)
    while !waiting.isEmpty {
      let name = waiting.removeFirst()
      guard !result.contains(name), let service = candidates.first(where: { $0.key == name })
      else { continue }
      result.append(name)
      waiting += contexts(of: service.value)
    }
    return result
  }

  /// The services whose images are contexts of a service's build.
  private static func contexts(of service: Node) -> [String] {
    let contexts = service["build"]?["additional_contexts"]?.mapping?.entries ?? []
    return contexts.compactMap { context in
      guard let text = context.value.stringValue, text.hasPrefix("service:") else { return nil }
      return String(text.dropFirst("service:".count))
    }
  }

  /// The name of an image in the form in which two of them are compared: `shop` is
  /// `docker.io/library/shop:latest`.
  package static func comparable(_ image: String) -> String {
    var name = image[...]
    for prefix in ["docker.io/", "index.docker.io/"] where name.hasPrefix(prefix) {
      name = name.dropFirst(prefix.count)
    }
    if name.hasPrefix("library/") { name = name.dropFirst("library/".count) }
    let last = name.split(separator: "/").last ?? ""
    let isComplete = last.contains(":") || last.contains("@")
    return isComplete ? String(name) : "\(name):latest"
  }
}
