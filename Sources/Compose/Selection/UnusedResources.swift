import YAML

/// Takes out the networks, volumes, secrets, configs and models that no active service uses.
enum UnusedResources {
  static func remove(from model: inout Node) {
    let used = Usage(services: model["services"]?.mapping ?? Mapping())
    for (section, names) in used.names {
      model[section]?.mapping?.removeAll { !names.contains($0.key) }
      if model[section]?.mapping?.isEmpty == true { model.mapping?.remove(section) }
    }
  }

  private struct Usage {
    var names: [String: Set<String>] = [
      "networks": [], "volumes": [], "secrets": [], "configs": [], "models": [],
    ]

    init(services: Mapping) {
      for entry in services.entries {
        let service = entry.value
        add("networks", service["networks"]?.mapping?.entries.map(\.key))
        add("models", service["models"]?.mapping?.entries.map(\.key))
        add("configs", sources(service["configs"]))
        add("secrets", sources(service["secrets"]))
        add("secrets", sources(service["build"]?["secrets"]))
        add(
          "volumes",
          service["volumes"]?.sequence?
            .filter { $0["type"]?.stringValue == "volume" }
            .compactMap { $0["source"]?.stringValue })
      }
    }

    private mutating func add(_ section: String, _ added: [String]?) {
      names[section]?.formUnion(added ?? [])
    }

    private func sources(_ references: Node?) -> [String]? {
      references?.sequence?.compactMap { $0["source"]?.stringValue }
    }
  }
}
