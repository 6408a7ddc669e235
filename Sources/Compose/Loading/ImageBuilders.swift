import YAML

/// Finds services that take no part, but build what those need that do: `worker` has the image that
/// `web` builds, and only `worker` was named on the command line.
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
    let built = services.filter { $0.value["build"] != nil }.map { image(of: $0, defaultImage) }
    var needed = Set(
      services.filter { $0.value["build"] == nil }.compactMap { $0.value["image"]?.stringValue }
        .map(comparable)
    ).subtracting(built)
    var names: [String] = []
    for candidate in candidates {
      if needed.remove(image(of: candidate, defaultImage)) != nil { names.append(candidate.key) }
    }
    return withContexts(names, candidates)
  }

  private static func image(
    of entry: Mapping.Entry, _ defaultImage: (String) -> String
  ) -> String {
    let image = entry.value["image"]?.stringValue ?? ""
    return comparable(image.isEmpty ? defaultImage(entry.key) : image)
  }

  /// What these build from, as far as it is built by a service that takes no part either.
  private static func withContexts(
    _ names: [String], _ candidates: [Mapping.Entry]
  ) -> [String] {
    var result = names
    var position = 0
    while position < result.count {
      let build = candidates.first { $0.key == result[position] }?.value["build"]
      for context in build?["additional_contexts"]?.mapping?.entries ?? [] {
        guard let text = context.value.stringValue, text.hasPrefix("service:") else { continue }
        let name = String(text.dropFirst("service:".count))
        if candidates.contains(where: { $0.key == name }), !result.contains(name) {
          result.append(name)
        }
      }
      position += 1
    }
    return result
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
