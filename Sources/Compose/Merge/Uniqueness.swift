import Model
import YAML

/// Keeps one element of each identity in the lists whose elements have one: the last, at the place
/// of the first.
///
/// Source: Compose specification, 13-merge.md, "Unique resources".
enum Uniqueness {
  /// Why an element has no identity.
  struct MissingKey: Error, CustomStringConvertible {
    var message: String

    var description: String { message }
  }

  /// Enforces the identities of all lists of a model.
  static func enforce(on model: inout Node, keys: KeyTable, report: inout Report) {
    keys.unifications.rewrite(&model, report: &report)
  }

  /// What enforces an identity on one list.
  static func unification(by identity: ElementIdentity) -> NodeRewrite {
    { node, path, report in unify(&node, path, identity, &report) }
  }

  private static func unify(
    _ node: inout Node, _ path: NodePath, _ identity: ElementIdentity,
    _ report: inout Report
  ) {
    guard let elements = node.sequence, !elements.isEmpty else { return }
    var unique: [Node] = []
    unique.reserveCapacity(elements.count)
    var positions: [String: Int] = [:]
    for (index, element) in elements.enumerated() {
      switch identity.text(of: element) {
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
}

extension ElementIdentity {
  private typealias MissingKey = Uniqueness.MissingKey

  /// What of an element must differ from that of the others; a failure when it has nothing.
  func text(of element: Node) -> Result<String, Uniqueness.MissingKey> {
    switch self {
    case .name: Self.name(element)
    case .exposedPort: Self.exposedPort(element)
    case .port: Self.port(element)
    case .mount: Self.mount(element)
    case .device: Self.device(element)
    case .envFile: Self.envFile(element)
    case .file(let directory): Self.file(element, below: directory)
    }
  }

  // Elements of a wrong kind differ from all others: the validation tells what is wrong with them.
  private static func strange(_ node: Node) -> Result<String, MissingKey> {
    .success("\(node.kind) \(GoText.of(node)) \(node.mark.line):\(node.mark.column)")
  }

  private static func name(_ node: Node) -> Result<String, MissingKey> {
    guard let text = node.stringValue else { return strange(node) }
    return .success(String(text.prefix { $0 != "=" }))
  }

  private static func exposedPort(_ node: Node) -> Result<String, MissingKey> {
    if case .number = node.value {
      return .failure(MissingKey(message: "a port is a whole number"))
    }
    return node.isScalar && !node.isNull ? .success(GoText.of(node)) : strange(node)
  }

  private static func mount(_ node: Node) -> Result<String, MissingKey> {
    if let text = node.stringValue {
      return .success((try? VolumeSyntax.parse(text).target) ?? text)
    }
    return target(of: node, "this mount")
  }

  private static func device(_ node: Node) -> Result<String, MissingKey> {
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

  private static func file(
    _ node: Node, below directory: String
  ) -> Result<String, MissingKey> {
    if let name = node.stringValue { return .success("\(directory)/\(name)") }
    guard node.mapping != nil else { return strange(node) }
    if let target = node["target"]?.stringValue { return .success(target) }
    return .success("\(directory)/\(node["source"]?.stringValue ?? "")")
  }

  private static func port(_ node: Node) -> Result<String, MissingKey> {
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

  private static func envFile(_ node: Node) -> Result<String, MissingKey> {
    if let path = node.stringValue { return .success(path) }
    return node["path"]?.stringValue.map { .success($0) } ?? strange(node)
  }
}
