import YAML

/// Adds what a canonical model implies: default networks, full names, dependencies that follow
/// from shared namespaces and links, and values that the project's environment gives.
///
/// Source: Compose specification, 05-services.md, 06-networks.md and 04-version-and-name.md.
struct Normalization {
  let projectName: String
  let environment: ProjectEnvironment

  func apply(to model: inout Node) {
    model.mapping?.set("name", .string(projectName))
    let usesDefault = connectServices(&model)
    if usesDefault, model["networks"]?["default"] == nil {
      model.setDefault("networks", [:])
      model["networks"]?.setDefault("default", nil)
    }
    model["services"]?.mapping?.updateValues { _, _, service in normalize(&service) }
    for key in ["networks", "volumes", "configs", "secrets"] {
      model[key]?.mapping?.updateValues { key, _, resource in name(&resource, key: key) }
    }
  }

  // MARK: Networks and names

  /// Connects services that say nothing about networks to `default`; true when any uses it.
  private func connectServices(_ model: inout Node) -> Bool {
    var usesDefault = false
    model["services"]?.mapping?.updateValues { _, mark, service in
      guard service["provider"] == nil, service["network_mode"] == nil else { return }
      if service["networks"]?.mapping?.isEmpty ?? true {
        service["networks"] = .mapping(["default": nil] as Mapping, at: mark)
      }
      if service["networks"]?.mapping?.contains("default") == true { usesDefault = true }
    }
    return usesDefault
  }

  private func name(_ resource: inout Node, key: String) {
    if resource.isNull { resource = resource.replacing(.mapping(Mapping())) }
    guard resource["name"]?.isNull ?? true else { return }
    let isExternal = resource["external"]?.boolValue == true
    resource["name"] = .string(isExternal ? key : "\(projectName)_\(key)")
  }

  // MARK: Services

  private func normalize(_ service: inout Node) {
    if service["pull_policy"]?.stringValue == "if_not_present" {
      service["pull_policy"]?.value = .string("missing")
    }
    if service["build"] != nil { normalizeBuild(&service) }
    service["environment"]?.change { resolve($0.asUnresolvedNames, in: &$0, keepsUnset: true) }
    service["volumes"]?.updateElements { _, volume in
      guard let target = volume["target"], let text = target.stringValue else { return }
      volume["target"] = target.replacing(.string(PathText.clean(text)))
    }
    addDependencies(&service)
  }

  private func normalizeBuild(_ service: inout Node) {
    service["build"]?.change { build in
      build.setDefault("context", ".")
      if build["dockerfile"]?.isNull ?? true, build["dockerfile_inline"]?.isNull ?? true {
        build["dockerfile"] = "Dockerfile"
      }
      build["args"]?.change { resolve($0.asUnresolvedNames, in: &$0, keepsUnset: false) }
    }
  }

  /// Gives variables without a value the one of the project's environment.
  private func resolve(_ names: [String], in variables: inout Node, keepsUnset: Bool) {
    guard !names.isEmpty else { return }
    if variables.mapping != nil {
      for name in names {
        if let value = environment[name] {
          variables[name]?.value = .string(value)
        } else if !keepsUnset {
          variables.mapping?.remove(name)
        }
      }
    } else {
      resolveList(&variables, keepsUnset: keepsUnset)
    }
  }

  private func resolveList(_ variables: inout Node, keepsUnset: Bool) {
    variables.updateElements { _, element in
      guard let name = element.stringValue, !name.utf8.contains(UInt8(ascii: "=")) else { return }
      if let value = environment[name] { element.value = .string("\(name)=\(value)") }
    }
    guard !keepsUnset else { return }
    variables.sequence?.removeAll { element in
      element.stringValue.map { !$0.utf8.contains(UInt8(ascii: "=")) } ?? false
    }
  }

  // MARK: Dependencies

  private func addDependencies(_ service: inout Node) {
    let implied = links(of: service) + namespaces(of: service) + mounts(of: service)
    guard !implied.isEmpty else { return }
    service.setDefault("depends_on", [:])
    for (name, mark, restart) in implied where service["depends_on"]?[name] == nil {
      let dependency = Node.mapping(
        [
          "condition": .string("service_started", at: mark), "restart": .bool(restart, at: mark),
          "required": .bool(true, at: mark),
        ] as Mapping, at: mark)
      service["depends_on"]?.mapping?.set(name, dependency, keyMark: mark)
    }
  }

  private typealias Implied = (service: String, mark: Mark, restart: Bool)

  private func links(of service: Node) -> [Implied] {
    (service["links"]?.sequence ?? []).compactMap { link in
      guard let text = link.stringValue else { return nil }
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      return (parts.count == 2 ? String(parts[0]) : text, link.mark, true)
    }
  }

  private func namespaces(of service: Node) -> [Implied] {
    ["network_mode", "ipc", "pid", "uts", "cgroup", "userns_mode"].compactMap { key in
      guard let node = service[key], let text = node.stringValue, text.hasPrefix("service:") else {
        return nil
      }
      return (String(text.dropFirst("service:".count)), node.mark, true)
    }
  }

  private func mounts(of service: Node) -> [Implied] {
    (service["volumes_from"]?.sequence ?? []).compactMap { entry in
      guard let text = entry.stringValue, !text.hasPrefix("container:") else { return nil }
      let name = text.split(separator: ":", omittingEmptySubsequences: false).first ?? ""
      return (String(name), entry.mark, false)
    }
  }
}

extension Node {
  /// The names without a value among variables, whether those are a map or a list.
  fileprivate var asUnresolvedNames: [String] {
    switch value {
    case .mapping(let mapping): mapping.entries.filter(\.value.isNull).map(\.key)
    case .sequence(let elements):
      elements.compactMap(\.stringValue).filter { !$0.utf8.contains(UInt8(ascii: "=")) }
    default: []
    }
  }
}
