import Model
import YAML

/// What to write at places where something of another shape is often written.
enum ShapeHints {
  /// The hint for a node that does not fit at a path; nil where nothing is known to be meant.
  static func hint(for node: Node, at path: NodePath) -> String? {
    if let text = node.stringValue, let hint = StrangeCharacters.hint(for: text) { return hint }
    return table[path]?(node, path) ?? general(node, path)
  }

  private typealias Advice = @Sendable (Node, NodePath) -> String?

  private static let table: PathTable<Advice> = [
    "include": { node, _ in include(node) },
    "version": { _, _ in "remove this line: `version` has no effect" },
    "services": { _, _ in nil },
    "services.*": { node, _ in service(node) },
    "services.*.build": { _, _ in "write `build: .`, or a map with the key `context`" },
    "services.*.deploy.resources.limits.memory": { node, _ in memory(node) },
    "services.*.deploy.resources.reservations.memory": { node, _ in memory(node) },
    "services.*.depends_on.*": { node, path in dependency(node, path) },
    "services.*.depends_on.*.condition": { node, _ in condition(node) },
    "services.*.environment.*": { node, path in variable(node, path) },
    "services.*.extends": { _, _ in
      "write the name of one service, or `{service: NAME, file: FILE}`"
    },
    "services.*.healthcheck": { node, _ in
      node.writtenText.map { "write `healthcheck: {test: \"\($0)\"}`" }
    },
    "services.*.image": { node, _ in
      node.numberValue == nil ? nil : "an image has a name: write NAME:TAG, such as alpine:3.20"
    },
    "services.*.labels.*": { node, path in label(node, path) },
    "services.*.logging": { node, _ in
      node.writtenText.map { "write `logging: {driver: \"\($0)\"}`" }
    },
    "services.*.networks.*": { node, path in network(node, path) },
    "services.*.ports": { node, _ in pairs(node, "ports") },
    "services.*.restart": { node, _ in restart(node) },
    "services.*.ulimits": { _, _ in "write a map, such as `ulimits: {nofile: 1024}`" },
    "services.*.ulimits.*": { node, path in limit(node, path) },
    "services.*.volumes": { node, _ in pairs(node, "volumes") },
    "services.*.develop.watch.*": { node, _ in
      node.writtenText.map { "write `{path: \($0), action: sync, target: /app}`" }
    },
    "volumes": { node, _ in names(node, "volumes") },
    "networks": { node, _ in names(node, "networks") },
    "secrets": { node, _ in files(node, "secrets") },
    "configs": { node, _ in files(node, "configs") },
    "volumes.*": { node, path in
      node.writtenText.map {
        "a volume has no path here: write `\(name(path)):`, or mount `\($0):/path` in the service"
      }
    },
    "networks.*": { _, path in "write `\(name(path)):` with nothing behind it, or a map" },
    "secrets.*": { node, path in
      node.writtenText.map { "write `\(name(path)): {file: \($0)}`" }
    },
    "configs.*": { node, path in
      node.writtenText.map { "write `\(name(path)): {file: \($0)}`" }
    },
  ]

  private static func name(_ path: NodePath) -> String {
    switch path.lastComponent {
    case .key(let key): key
    case .index(let index): String(index)
    case nil: ""
    }
  }

  // MARK: Services

  private static func service(_ node: Node) -> String? {
    switch node.value {
    case .null: "give the service an `image` or a `build` below its name"
    case .sequence: "remove the dashes: a service is a map, `image: …` and so on"
    case .string(let text): "write `image: \(text)` below the service's name"
    default: nil
    }
  }

  private static func memory(_ node: Node) -> String? {
    guard let number = node.numberValue else { return nil }
    let text = node.writtenText ?? ""
    guard number == number.rounded(), !text.contains(".") else {
      return "add the unit: `\(text)g`, `\(text)m` or `\(text)k`"
    }
    return "add the unit: `\(text)m` are mebibytes, `\(text)g` gibibytes; bytes are "
      + "`\"\(text)\"`"
  }

  private static func restart(_ node: Node) -> String? {
    switch node.value {
    case .bool(false), .null: "write `restart: \"no\"`, or remove the line: it is the usual"
    case .bool(true): "write `restart: always`, or `unless-stopped`"
    case .sequence(let elements) where elements.count == 1:
      elements[0].writtenText.map { "write `restart: \($0)`" }
    default: "write one of \"no\", always, on-failure[:count] and unless-stopped"
    }
  }

  private static func dependency(_ node: Node, _ path: NodePath) -> String? {
    guard case .key(let name) = path.lastComponent else { return dependencyItem(node) }
    let condition = node.stringValue.flatMap(meantCondition) ?? "service_started"
    return "write `\(name): {condition: \(condition)}`"
  }

  private static func dependencyItem(_ node: Node) -> String? {
    guard let entry = node.mapping?.entries.first else { return nil }
    let text =
      entry.value["condition"]?.stringValue ?? node["condition"]?.stringValue
      ?? entry.value.stringValue ?? ""
    let condition = meantCondition(text) ?? "service_started"
    return "with a condition `depends_on` is a map: remove the dash and write "
      + "`\(entry.key): {condition: \(condition)}`"
  }

  private static let conditions = [
    "service_started": ["started", "start", "running", "up", "service_running"],
    "service_healthy": ["healthy", "ready", "health", "service_ready", "healthcheck"],
    "service_completed_successfully": [
      "completed", "complete", "completed_successfully", "exited", "finished", "done", "success",
      "service_completed", "service_exited", "service_finished",
    ],
  ]

  private static func meantCondition(_ text: String) -> String? {
    let word = text.lowercased()
    if conditions[word] != nil { return word }
    if let known = conditions.first(where: { $0.value.contains(word) }) { return known.key }
    return Suggestion.nearest(to: word, in: conditions.keys.sorted())
  }

  private static func condition(_ node: Node) -> String? {
    node.stringValue.flatMap(meantCondition).map { "did you mean `\($0)`?" }
  }

  private static func variable(_ node: Node, _ path: NodePath) -> String? {
    guard case .key(let name) = path.lastComponent, !node.isScalar else { return nil }
    return "a variable is one text: write `\(name): '…'`, with what it holds in quotes"
  }

  private static func label(_ node: Node, _ path: NodePath) -> String? {
    guard case .key(let name) = path.lastComponent, let entry = node.mapping?.entries.first else {
      return nil
    }
    return "a label is one text: write `\(name).\(entry.key): …`"
  }

  private static func network(_ node: Node, _ path: NodePath) -> String? {
    guard case .key(let name) = path.lastComponent else {
      guard let entry = node.mapping?.entries.first else { return nil }
      return "with options `networks` is a map: remove the dash before `\(entry.key):`, and those "
        + "of the other networks"
    }
    if let elements = node.sequence {
      let names = elements.compactMap(\.writtenText).joined(separator: ", ")
      return names.isEmpty ? nil : "other names of the service are `\(name): {aliases: [\(names)]}`"
    }
    guard let text = node.stringValue else { return "write `\(name):` with nothing behind it" }
    guard let address = IPAddress(text) else { return "write `\(name): {aliases: [\(text)]}`" }
    return
      "write `\(name): {\(address.family == .ipv6 ? "ipv6_address" : "ipv4_address"): \(text)}`"
  }

  private static func limit(_ node: Node, _ path: NodePath) -> String? {
    guard case .key(let name) = path.lastComponent, let text = node.stringValue else { return nil }
    if ["unlimited", "infinity", "max", "-1"].contains(text.lowercased()) {
      return "write `\(name): -1` for no limit"
    }
    let parts = text.split(separator: ":").compactMap { Int($0) }
    return parts.count == 2 ? "write `\(name): {soft: \(parts[0]), hard: \(parts[1])}`" : nil
  }

  /// `{80: 80}` and `{./a: /a}` in place of a list.
  private static func pairs(_ node: Node, _ key: String) -> String? {
    guard let entry = node.mapping?.entries.first, let value = entry.value.writtenText else {
      return nil
    }
    return "this is a list: write `\(key): [\"\(entry.key):\(value)\"]`"
  }

  // MARK: The top of the file

  private static func include(_ node: Node) -> String? {
    if let text = node.writtenText { return "write a list: `include: [\(text)]`" }
    return node.mapping.map { _ in "write a list: begin the entry with a dash, `- path: …`" }
  }

  private static func names(_ node: Node, _ key: String) -> String? {
    let names = node.sequence ?? [node]
    guard let first = names.first.flatMap(name(of:)) else { return nil }
    return "the names are keys: write `\(first):` instead of `- \(first)`, or "
      + "`\(key): {\(first): {}}`"
  }

  private static func files(_ node: Node, _ key: String) -> String? {
    let names = node.sequence ?? [node]
    guard let first = names.first.flatMap(name(of:)) else { return nil }
    let name = fileName(first)
    let file = name == first ? "./\(name)" : first
    return "the names are keys: write `\(key): {\(name): {file: \(file)}}`"
  }

  /// The name that an item of a list stands for: a text, or the first key of a map.
  private static func name(of item: Node) -> String? {
    item.stringValue ?? item.mapping?.entries.first?.key
  }

  /// The name that a secret or config of a file gets when it is named by its path.
  static func fileName(_ path: String) -> String {
    let base = path.split(separator: "/").last.map(String.init) ?? path
    let name = base.split(separator: ".").first.map(String.init) ?? base
    return name.isEmpty ? base : name
  }

  // MARK: Everywhere

  private static func general(_ node: Node, _ path: NodePath) -> String? {
    guard let text = node.stringValue, text.contains("{{") || text.contains("{%") else {
      return nil
    }
    return template
  }

  /// What to do about a file that another program has to fill in first.
  static let template =
    "Compose fills in `${NAME}`, not `{{ name }}`: render the template first, or put the value in "
    + "quotes"
}
