import Model
import YAML

/// Keeps ranges of ports from becoming more entries than a machine can have ports: a line of
/// `ports` may stand for 65535 of them.
enum PortBudget {
  /// The most ports of all services together.
  static let maximum = 140_000

  /// Empties the lists that would go beyond the maximum, and reports the first of them.
  static func enforce(on model: inout Node, report: inout Report) {
    var count = 0
    var isReported = false
    model["services"]?.mapping?.updateValues { name, _, service in
      guard let elements = service["ports"]?.sequence else { return }
      for (index, element) in elements.enumerated() {
        count += element.stringValue.map(PortSyntax.count) ?? 1
        guard count > maximum else { continue }
        if !isReported {
          report.error(
            "the services have more than \(maximum) ports up to here", element,
            ["services", .key(name), "ports", .index(index)], hint: "publish smaller ranges")
        }
        isReported = true
        service["ports"]?.sequence = []
        return
      }
    }
  }
}
