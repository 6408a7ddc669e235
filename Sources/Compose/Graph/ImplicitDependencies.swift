import Model

extension Service {
  /// A dependency with the key of the file that it comes from.
  struct Origin: Sendable {
    var dependency: Dependency
    var key: String
  }

  /// All services that must be there before this one: those of `depends_on`, and those that it
  /// shares a namespace or mounts with or is linked to. What `depends_on` says comes first and
  /// wins.
  package var dependencies: [Dependency] { origins.map(\.dependency) }

  var origins: [Origin] {
    var seen: Set<String> = []
    let explicit = dependsOn.map { Origin(dependency: $0, key: "depends_on.\($0.service)") }
    return (explicit + implicitOrigins).filter { seen.insert($0.dependency.service).inserted }
  }

  // A container that shares a namespace must be made anew with the one that owns it; mounts can
  // be taken over from a stopped one.
  private var implicitOrigins: [Origin] {
    var origins: [Origin] = []
    func add(_ service: String, _ key: String, restart: Bool = true) {
      origins.append(Origin(dependency: Dependency(service: service, restart: restart), key: key))
    }
    if case .service(let owner) = networkMode { add(owner, "network_mode") }
    let namespaces: [(String, NamespaceMode)] = [
      ("ipc", ipc), ("pid", pid), ("uts", uts), ("cgroup", cgroup),
      ("userns_mode", userNamespace),
    ]
    for (key, mode) in namespaces {
      if case .service(let owner) = mode { add(owner, key) }
    }
    for link in links { add(link.target, "links") }
    for entry in volumesFrom {
      if case .service(let owner) = entry.source { add(owner, "volumes_from", restart: false) }
    }
    return origins
  }

  /// The services whose images must be built before this one's, since its build uses them as
  /// contexts.
  package var buildDependencies: [String] { serviceContexts.map(\.service) }

  /// The contexts of its build that are images of services, by the names that the build has for them.
  package var serviceContexts: [(key: String, service: String)] {
    let prefix = "service:"
    return (build?.additionalContexts.entries ?? []).compactMap { context in
      guard context.value.hasPrefix(prefix) else { return nil }
      return (context.key, String(context.value.dropFirst(prefix.count)))
    }
  }
}
