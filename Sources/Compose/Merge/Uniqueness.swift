import Model
import YAML

/// Keeps one element of each key in the lists whose elements have a key: the last, at the place of
/// the first.
///
/// Source: Compose specification, 13-merge.md, "Unique resources".
enum Uniqueness {
  /// Finds the key of an element; nil reports that it has none.
  typealias Key = @Sendable (Node) -> Result<String, MissingKey>

  /// Why an element has no key.
  struct MissingKey: Error, CustomStringConvertible {
    var message: String

    var description: String { message }
  }

  /// Enforces the keys of all lists of a model.
  static func enforce(on model: inout Node, report: inout Report) {
    rewrites.rewrite(&model, report: &report)
  }

  private static let rewrites: PathTable<NodeRewrite> = {
    var table = PathTable<NodeRewrite>()
    for (pattern, key) in keys {
      table.insert(pattern) { node, path, report in unify(&node, path, key, &report) }
    }
    return table
  }()

  private static func unify(
    _ node: inout Node, _ path: NodePath, _ key: Key, _ report: inout Report
  ) {
    guard let elements = node.sequence, !elements.isEmpty else { return }
    var unique: [Node] = []
    unique.reserveCapacity(elements.count)
    var positions: [String: Int] = [:]
    for (index, element) in elements.enumerated() {
      switch key(element) {
      case .failure(let missing):
        // It stays, so that the others keep their numbers and its other keys are looked at.
        report.addUnlessKnown(
          element.diagnostic(.error, missing.message, path: path.appending(index)))
        unique.append(element)
      case .success(let name):
        if let position = positions[name] {
          unique[position] = element
        } else {
          positions[name] = unique.count
          unique.append(element)
        }
      }
    }
    node.sequence = unique
  }

  static let keys: [(pattern: String, key: Key)] = [
    ("networks.*.labels", assignmentKey),
    ("networks.*.ipam.options", assignmentKey),
    ("services.*.annotations", assignmentKey),
    ("services.*.build.additional_contexts", assignmentKey),
    ("services.*.build.args", assignmentKey),
    ("services.*.build.labels", assignmentKey),
    ("services.*.build.tags", assignmentKey),
    ("services.*.cap_add", assignmentKey),
    ("services.*.cap_drop", assignmentKey),
    ("services.*.configs", fileKey(below: "")),
    ("services.*.deploy.labels", assignmentKey),
    ("services.*.devices", deviceKey),
    ("services.*.dns", assignmentKey),
    ("services.*.dns_opt", assignmentKey),
    ("services.*.dns_search", assignmentKey),
    ("services.*.env_file", envFileKey),
    ("services.*.environment", assignmentKey),
    ("services.*.expose", exposeKey),
    ("services.*.labels", assignmentKey),
    ("services.*.links", assignmentKey),
    ("services.*.networks.*.aliases", assignmentKey),
    ("services.*.networks.*.link_local_ips", assignmentKey),
    ("services.*.ports", portKey),
    ("services.*.profiles", assignmentKey),
    ("services.*.secrets", fileKey(below: "/run/secrets")),
    ("services.*.sysctls", assignmentKey),
    ("services.*.tmpfs", assignmentKey),
    ("services.*.volumes", mountKey),
  ]

  // Elements of a wrong kind keep a key of their own: the validation tells what is wrong with them.
  private static func strange(_ node: Node) -> Result<String, MissingKey> {
    .success("\(node.kind) \(GoText.of(node)) \(node.mark.line):\(node.mark.column)")
  }

  private static let assignmentKey: Key = { node in
    guard let text = node.stringValue else { return strange(node) }
    return .success(String(text.prefix { $0 != "=" }))
  }

  private static let exposeKey: Key = { node in
    if case .number = node.value {
      return .failure(MissingKey(message: "a port is a whole number"))
    }
    return node.isScalar && !node.isNull ? .success(GoText.of(node)) : strange(node)
  }

  private static let mountKey: Key = { node in
    if let text = node.stringValue {
      return .success((try? VolumeSyntax.parse(text).target) ?? text)
    }
    return target(of: node, "this mount")
  }

  private static let deviceKey: Key = { node in
    guard let text = node.stringValue else { return target(of: node, "this device") }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    return .success(String(parts.count > 1 ? parts[1] : parts.first ?? ""))
  }

  private static func target(of node: Node, _ name: String) -> Result<String, MissingKey> {
    guard let mapping = node.mapping else { return strange(node) }
    guard let target = mapping["target"] else {
      return .failure(MissingKey(message: "`target` is missing in \(name)"))
    }
    return target.stringValue.map { .success($0) } ?? strange(node)
  }

  private static func fileKey(below directory: String) -> Key {
    { node in
      if let name = node.stringValue { return .success("\(directory)/\(name)") }
      guard node.mapping != nil else { return strange(node) }
      if let target = node["target"]?.stringValue { return .success(target) }
      return .success("\(directory)/\(node["source"]?.stringValue ?? "")")
    }
  }

  private static let portKey: Key = { node in
    if node.isScalar && !node.isNull { return .success(GoText.of(node)) }
    guard let mapping = node.mapping else { return strange(node) }
    guard let target = mapping["target"] else {
      return .failure(MissingKey(message: "`target` is missing in this port"))
    }
    let host = mapping["host_ip"]?.stringValue ?? "0.0.0.0"
    let published = mapping["published"].map(GoText.of) ?? ""
    let transport = mapping["protocol"]?.stringValue ?? "tcp"
    return .success("\(host):\(published):\(GoText.of(target))/\(transport)")
  }

  private static let envFileKey: Key = { node in
    if let path = node.stringValue { return .success(path) }
    return node["path"]?.stringValue.map { .success($0) } ?? strange(node)
  }
}
