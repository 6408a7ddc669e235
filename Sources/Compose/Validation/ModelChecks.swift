import Model
import YAML

/// Rules about keys that exclude or need each other, which the rows of the table of keys cannot
/// say. They hold for every service, whether its profiles are active or not.
enum ModelChecks {
  static func check(_ model: inout Node, report: inout Report) {
    table.rewrite(&model, report: &report)
  }

  private static let table: PathTable<NodeRewrite> = [
    "configs.*": { node, path, report in
      checkSource(node, path, keys: ["file", "environment", "content"], &report)
    },
    "secrets.*": { node, path, report in
      checkSource(node, path, keys: ["file", "environment"], &report)
    },
    "services.*.deploy.resources.reservations.devices.*": deviceRequest,
    "services.*.develop.watch.*.path": { node, path, report in
      if node.stringValue == "" { report.error("the path is empty", node, path) }
    },
    "services.*.gpus.*": deviceRequest,
    "services.*.ports.*": { node, path, report in
      guard let address = node["host_ip"], let text = address.stringValue else { return }
      if !InternetAddress.isValid(text) {
        report.error(
          "\"\(text)\" is not an address", address, path.appending("host_ip"),
          hint: text.isEmpty ? "remove the key to listen on all addresses" : nil)
      }
    },
    "volumes.*": externalVolume,
  ]

  private static let deviceRequest: NodeRewrite = { node, path, report in
    guard let count = node["count"], let ids = node["device_ids"] else { return }
    report.error(
      "`count` and `device_ids` exclude each other", count, path,
      notes: [ids.note("`device_ids` is here")])
  }

  private static let externalVolume: NodeRewrite = { node, path, report in
    guard let mapping = node.mapping, mapping["external"]?.boolValue == true else { return }
    for entry in mapping.entries where !["name", "external"].contains(entry.key) {
      guard !entry.key.hasPrefix("x-") else { continue }
      report.add(
        entry.keyMark.diagnostic(
          .error, "an external volume takes no `\(entry.key)`", path: path.appending(entry.key),
          hint: "roost does not make this volume; only its `name` can be given"))
    }
  }

  private static func checkSource(
    _ node: Node, _ path: NodePath, keys: [String], _ report: inout Report
  ) {
    guard let mapping = node.mapping else { return }
    let given = mapping.entries.filter { keys.contains($0.key) }
    let words = keys.map { "`\($0)`" }.joined(separator: ", ")
    if given.count > 1 {
      report.add(
        given[1].keyMark.diagnostic(
          .error, "only one of \(words) can be given", path: path,
          notes: [given[0].keyMark.note("`\(given[0].key)` is here")]))
    } else if given.isEmpty, mapping["driver"] == nil, mapping["external"] == nil {
      report.addUnlessKnown(
        node.diagnostic(.error, "one of \(words) must be given", path: path))
    }
  }
}
