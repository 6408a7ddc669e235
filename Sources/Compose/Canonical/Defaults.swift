import YAML

/// Fills in what the specification gives a default that later stages and `config` need to see.
enum Defaults {
  static func apply(to model: inout Node, report: inout Report) {
    table.rewrite(&model, report: &report)
  }

  private static let table: PathTable<NodeRewrite> = [
    "services.*.build": { node, _, _ in node.setDefault("context", ".") },
    "services.*.secrets.*": { node, _, _ in
      let source = node["source"]?.stringValue ?? ""
      node.setDefault("target", .string("/run/secrets/\(source)"))
    },
    "services.*.ports.*": { node, _, _ in
      node.setDefault("protocol", "tcp")
      node.setDefault("mode", "ingress")
    },
    "services.*.deploy.resources.reservations.devices.*": deviceCount,
    "services.*.gpus.*": deviceCount,
  ]

  private static let deviceCount: NodeRewrite = { node, _, _ in
    if node["device_ids"] == nil { node.setDefault("count", "all") }
  }
}

extension Node {
  /// Sets a key of a map if it is not there.
  mutating func setDefault(_ key: String, _ value: @autoclosure () -> Node) {
    guard mapping?.contains(key) == false else { return }
    self[key] = value()
  }
}
