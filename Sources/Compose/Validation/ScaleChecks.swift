import YAML

extension ConsistencyChecks {
  mutating func checkScale(_ service: ServicePlace) {
    let scale = service["scale"]
    let replicas = service["deploy"]?["replicas"]
    let replicasPath = service.path("deploy").appending("replicas")
    if let scale, let replicas, scale != replicas {
      add(
        "`scale` and `deploy.replicas` are not the same", scale, service.path("scale"),
        other: replicas)
    }
    if let scale, (scale.integerValue ?? 0) < 0 {
      add("`scale` is less than 0", scale, service.path("scale"))
    }
    if let replicas, (replicas.integerValue ?? 0) < 0 {
      add("`replicas` is less than 0", replicas, replicasPath)
    }
    if let count = scale ?? replicas, (count.integerValue ?? 1) > 1,
      let name = service["container_name"], name.stringValue != ""
    {
      add(
        "several containers cannot all have the name \(name.shownValue)", name,
        service.path("container_name"), other: count)
    }
  }

  /// The old keys and those below `deploy` mean the same and may not differ.
  mutating func checkLimits(_ service: ServicePlace) {
    let resources = service["deploy"]?["resources"]
    checkLimit(service, "cpus", resources, "limits", "cpus")
    checkLimit(service, "mem_limit", resources, "limits", "memory")
    checkLimit(service, "mem_reservation", resources, "reservations", "memory")
    checkLimit(service, "pids_limit", resources, "limits", "pids")
  }

  private mutating func checkLimit(
    _ service: ServicePlace, _ key: String, _ resources: Node?, _ section: String, _ name: String
  ) {
    guard let value = service[key], Self.amount(value) != 0, let group = resources?[section] else {
      return
    }
    let other = group[name]
    guard Self.amount(value) != other.map(Self.amount) ?? 0 else { return }
    add(
      "`\(key)` and `deploy.resources.\(section).\(name)` are not the same", value,
      service.path(key), other: other ?? group)
  }

  private static func amount(_ node: Node) -> Double {
    node.numberValue ?? node.stringValue.flatMap(Double.init) ?? 0
  }

  mutating func checkWatch(_ service: ServicePlace) {
    let path = service.path("develop").appending("watch")
    for (index, rule) in (service["develop"]?["watch"]?.sequence ?? []).enumerated() {
      let action = rule["action"]?.stringValue ?? ""
      guard action != "rebuild", action != "restart" else { continue }
      if (rule["target"]?.stringValue ?? "").isEmpty {
        add("`target` is missing for the action `\(action)`", rule, path.appending(index))
      }
    }
  }

  /// Two things cannot be mounted at one place.
  mutating func checkTargets(_ service: ServicePlace) {
    var mounts: [String: Node] = [:]
    for (index, tmpfs) in (service["tmpfs"]?.sequence ?? []).enumerated() {
      let target = GoText.of(tmpfs).prefix { $0 != ":" }
      claim(String(target), tmpfs, service.path("tmpfs").appending(index), &mounts)
    }
    for (index, volume) in (service["volumes"]?.sequence ?? []).enumerated() {
      let target = volume["target"]?.stringValue ?? ""
      claim(target, volume, service.path("volumes").appending(index), &mounts)
    }
  }

  private mutating func claim(
    _ target: String, _ node: Node, _ path: NodePath, _ mounts: inout [String: Node]
  ) {
    if let other = mounts[target] {
      add("something is already mounted at \(target)", node, path, other: other)
    } else {
      mounts[target] = node
    }
  }

  /// Two services cannot give their containers one name.
  mutating func checkContainerNames() {
    var names: [String: Node] = [:]
    for entry in model["services"]?.mapping?.entries ?? [] {
      guard let node = entry.value["container_name"], let name = node.stringValue, !name.isEmpty
      else { continue }
      if let other = names[name] {
        add(
          "another service has the container name \"\(name)\" too", node,
          ["services", .key(entry.key), "container_name"], other: other)
      } else {
        names[name] = node
      }
    }
  }
}
