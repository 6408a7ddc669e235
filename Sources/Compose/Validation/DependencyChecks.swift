import Model
import YAML

/// Rules about which service needs which.
struct DependencyChecks {
  let model: Node
  let disabled: Mapping

  /// The dependencies of a service that are not there.
  func missing(_ service: ConsistencyChecks.ServicePlace) -> [Diagnostic] {
    let services = model["services"]?.mapping ?? Mapping()
    let missing = (service["depends_on"]?.mapping?.entries ?? []).lazy.filter { entry in
      guard !services.contains(entry.key) else { return false }
      return entry.value["required"]?.boolValue ?? true || !disabled.contains(entry.key)
    }
    // Finding what was meant costs time, and nobody reads more.
    return missing.prefix(Report.errorLimit).map { message(about: $0, of: service, services) }
  }

  private func message(
    about entry: Mapping.Entry, of service: ConsistencyChecks.ServicePlace, _ services: Mapping
  ) -> Diagnostic {
    guard disabled.contains(entry.key) else {
      let meant = Suggestion.nearest(to: entry.key, in: services.keys)
      return entry.keyMark.diagnostic(
        .error, "there is no service `\(entry.key)`", path: path(to: entry, of: service),
        hint: meant.map { "did you mean `\($0)`?" })
    }
    let path = path(to: entry, of: service)
    return entry.keyMark.diagnostic(
      .error, "the service `\(entry.key)` is not active", path: path,
      hint: Self.activationHint(entry.key, disabled, mayBeMissing: Self.isWritten(path)))
  }

  /// The key that a dependency comes from: `depends_on`, or one that implies it.
  private func path(
    to entry: Mapping.Entry, of service: ConsistencyChecks.ServicePlace
  ) -> NodePath {
    path(to: entry, of: service.node, at: service.path)
  }

  private func path(
    to entry: Mapping.Entry, of service: Node, at servicePath: NodePath
  ) -> NodePath {
    let place = entry.keyMark.location
    let keys = [
      "network_mode", "ipc", "pid", "uts", "cgroup", "userns_mode", "links", "volumes_from",
    ]
    for key in keys {
      guard place != nil, let node = service[key] else { continue }
      if node.isScalar, node.location == place { return servicePath.appending(key) }
      if let index = node.sequence?.firstIndex(where: { $0.location == place }) {
        return servicePath.appending(key).appending(index)
      }
    }
    return servicePath.appending("depends_on").appending(entry.key)
  }

  /// True for a dependency that `depends_on` itself says, not a key that implies it.
  private static func isWritten(_ path: NodePath) -> Bool {
    path.components.dropFirst(2).first == .key("depends_on")
  }

  /// What activates a service of an inactive profile. Only a dependency of `depends_on` may be missing.
  static func activationHint(
    _ name: String, _ disabled: Mapping, mayBeMissing: Bool = false
  ) -> String? {
    guard let profiles = disabled[name]?["profiles"]?.sequence, let first = profiles.first else {
      return nil
    }
    let activation = "activate it with --profile \(GoText.of(first))"
    return mayBeMissing ? "\(activation), or write `required: false`" : activation
  }

  // MARK: Circles

  /// The first circle of dependencies, if there is one.
  func cycles() -> [Diagnostic] {
    let services = model["services"]?.mapping ?? Mapping()
    var state: [String: Progress] = [:]
    for entry in services.entries where state[entry.key] == nil {
      if let circle = search(from: entry.key, in: services, &state) {
        return [message(circle, services)]
      }
    }
    return []
  }

  private enum Progress {
    case open
    case done
  }

  /// Walks depth first with a stack of its own: chains may be as long as the file.
  private func search(
    from start: String, in services: Mapping, _ state: inout [String: Progress]
  ) -> [String]? {
    var stack = [(name: start, next: dependencies(of: start, in: services)[...])]
    state[start] = .open
    while let top = stack.last {
      guard let name = top.next.first else {
        state[top.name] = .done
        stack.removeLast()
        continue
      }
      stack[stack.count - 1].next = top.next.dropFirst()
      switch state[name] {
      case .done: continue
      case .open:
        let names = stack.map(\.name)
        return Array(names[(names.firstIndex(of: name) ?? 0)...])
      case nil:
        state[name] = .open
        stack.append((name, dependencies(of: name, in: services)[...]))
      }
    }
    return nil
  }

  private func dependencies(of name: String, in services: Mapping) -> [String] {
    (services[name]?["depends_on"]?.mapping?.entries ?? []).map(\.key)
      .filter { services.contains($0) }
  }

  private func message(_ circle: [String], _ services: Mapping) -> Diagnostic {
    let steps = zip(circle, circle.dropFirst() + circle.prefix(1)).map { name, target in
      step(from: name, to: target, services)
    }
    let names = (circle + circle.prefix(1)).joined(separator: " → ")
    let notes = steps.dropFirst().map { $0.mark.note($0.text) }
    guard let first = steps.first else {
      return Diagnostic(.error, "services depend on one another in a circle: \(names)")
    }
    return first.mark.diagnostic(
      .error, "services depend on one another in a circle: \(names)", path: first.path,
      hint: "remove one of these dependencies", notes: Array(notes))
  }

  /// One dependency of a circle: where it is written, and in which words, which are those of the key
  /// that implies it.
  private func step(
    from name: String, to target: String, _ services: Mapping
  ) -> (mark: Mark, path: NodePath, text: String) {
    let servicePath: NodePath = ["services", .key(name)]
    guard let service = services[name],
      let entry = service["depends_on"]?.mapping?.entry(target)
    else { return (.none, servicePath, "\(name) depends on \(target)") }
    let path = path(to: entry, of: service, at: servicePath)
    let key = path.components.dropFirst(2).first
    let way: String
    if case .key(let key)? = key, key != "depends_on" { way = " by `\(key)`" } else { way = "" }
    return (entry.keyMark, path, "\(name) depends on \(target)\(way)")
  }
}
