import Model
import YAML

/// Rules about which service needs which.
struct DependencyChecks {
  let model: Node
  let disabled: Mapping

  /// The dependencies of a service that are not there.
  func missing(_ service: ConsistencyChecks.ServicePlace) -> [Diagnostic] {
    (service["depends_on"]?.mapping?.entries ?? []).compactMap { entry in
      if model["services"]?.mapping?.contains(entry.key) == true { return nil }
      let isRequired = entry.value["required"]?.boolValue ?? true
      let isDisabled = disabled.contains(entry.key)
      if isDisabled, !isRequired { return nil }
      let known = model["services"]?.mapping?.entries.map(\.key) ?? []
      let meant = Suggestion.nearest(to: entry.key, in: known)
      return entry.keyMark.diagnostic(
        .error,
        isDisabled
          ? "the service `\(entry.key)` is not active" : "there is no service `\(entry.key)`",
        path: service.path("depends_on").appending(entry.key),
        hint: isDisabled
          ? Self.activationHint(entry.key, disabled) : meant.map { "did you mean `\($0)`?" })
    }
  }

  /// What activates a service of an inactive profile.
  static func activationHint(_ name: String, _ disabled: Mapping) -> String? {
    guard let profiles = disabled[name]?["profiles"]?.sequence, let first = profiles.first else {
      return nil
    }
    return "activate it with --profile \(GoText.of(first)), or write `required: false`"
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
      (name, target, services[name]?["depends_on"]?.mapping?.entry(target)?.keyMark ?? .none)
    }
    let names = (circle + circle.prefix(1)).joined(separator: " → ")
    return (steps.first?.2 ?? .none).diagnostic(
      .error, "services depend on one another in a circle: \(names)",
      path: ["services", .key(circle.first ?? ""), "depends_on"],
      hint: "remove one of these dependencies",
      notes: steps.dropFirst().map { $2.note("\($0) depends on \($1)") })
  }
}
