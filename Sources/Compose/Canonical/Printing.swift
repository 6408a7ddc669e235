import YAML

/// The two formats of `config`.
package enum PrintedFormat: Sendable, Hashable, CaseIterable {
  case yaml
  case json
}

/// Makes of a resolved model what `config` prints: keys in a fixed order, zero values left out,
/// and in JSON without what only YAML can say.
struct Printing {
  let format: PrintedFormat

  func print(_ model: Node, keys: KeyTable) -> Node {
    var printed = print(model, keys.file)
    if format == .json { printed.mapping?.remove("models") }
    // Only here does JSON keep extensions.
    if format == .json { addExtensions(of: model, to: &printed) }
    return printed
  }

  // MARK: Structures

  /// One map of the model as it is printed.
  func print(_ node: Node, _ section: Section) -> Node {
    var printed = Mapping()
    for field in section.fields {
      guard let type = field.kind.type else { continue }
      let key = format == .json ? field.jsonKey : field.key
      let value = node[field.key]
      if let text = value.flatMap({ print($0, type, keepsZero: field.isAlwaysPrinted) }) {
        printed.set(key, text, keyMark: node.mapping?.entry(field.key)?.keyMark)
      } else if let zero = zero(of: field, type) {
        printed.set(key, zero)
      }
    }
    var result = node.replacing(.mapping(printed))
    if format == .yaml, section.printsExtensions { addExtensions(of: node, to: &result) }
    return result
  }

  /// What is printed of a key that has no value; nil when it is left out.
  private func zero(of field: Field, _ type: ValueType) -> Node? {
    if format == .json {
      if case .embedded(let section) = type { return print(.mapping(Mapping()), section) }
      if case .command = type { return .null() }
    }
    guard field.isAlwaysPrinted else { return nil }
    return switch type {
    case .flag: .bool(false)
    case .integer, .unsigned: .integer(0)
    case .bytes: "0"
    case .map: .mapping(Mapping())
    default: ""
    }
  }

  private func addExtensions(of node: Node, to printed: inout Node) {
    let extensions = (node.mapping?.entries ?? []).filter { $0.key.hasPrefix("x-") }
    for entry in extensions.sorted(by: { precedes($0.key, $1.key) }) {
      let value =
        format == .json ? nullingEmptyLists(entry.value) : entry.value.sortedByKeys()
      printed.mapping?.set(entry.key, value, keyMark: entry.keyMark)
    }
  }

  /// What Docker Compose does not look into loses its empty lists in JSON.
  private func nullingEmptyLists(_ node: Node) -> Node {
    switch node.value {
    case .sequence(let elements):
      if elements.isEmpty { return .null(at: node.mark) }
      return node.replacing(.sequence(elements.map(nullingEmptyLists)))
    case .mapping(let mapping):
      var printed = mapping
      printed.updateValues { _, _, value in value = nullingEmptyLists(value) }
      return node.replacing(.mapping(printed))
    default: return node
    }
  }

  // MARK: Values

  /// The value as it is printed; nil when it is left out.
  private func print(_ node: Node, _ type: ValueType, keepsZero: Bool) -> Node? {
    if node.isNull { return nil }
    switch type {
    case .structure(let section): return print(node, section)
    case .embedded(let section):
      let printed = print(node, section)
      if format == .yaml, printed.mapping?.isEmpty == true { return nil }
      return printed
    case .list(let section):
      guard let elements = node.sequence, !elements.isEmpty else { return nil }
      return node.replacing(.sequence(elements.map { print($0, section) }))
    case .map(let type):
      return printMap(node, of: type, isNullable: false, keepsZero: keepsZero)
    case .nullableMap(let type):
      return printMap(node, of: type, isNullable: true, keepsZero: keepsZero)
    case .limit: return printLimit(node)
    case .sshKeys: return printKeys(node)
    case .envFiles: return printEnvFiles(node)
    case .multiMap, .textMap, .strictTextMap, .variables:
      guard let mapping = node.mapping, !mapping.isEmpty else { return nil }
      return sorted(node)
    default:
      // Not as `? node : nil`: a node can be made of nil, and then holds nothing.
      if keepsZero || !isZero(node, type) { return node }
      return nil
    }
  }

  private func isZero(_ node: Node, _ type: ValueType) -> Bool {
    switch type {
    case .text: node.stringValue == ""
    case .flag: node.boolValue == false
    case .integer, .unsigned, .number, .deviceCount: node.numberValue == 0
    case .bytes: node.stringValue == "0"
    case .duration: node.stringValue == "0s"
    case .texts, .test, .hosts: node.sequence?.isEmpty == true
    default: false
    }
  }

  private func printMap(
    _ node: Node, of type: ValueType, isNullable: Bool, keepsZero: Bool
  ) -> Node? {
    guard let mapping = node.mapping, keepsZero || !mapping.isEmpty else { return nil }
    var printed = Mapping()
    for entry in mapping.entries {
      var value = entry.value
      if value.isNull, !isNullable { value = value.replacing(.mapping(Mapping())) }
      value = print(value, type, keepsZero: true) ?? value
      printed.set(entry.key, value, keyMark: entry.keyMark)
    }
    return sorted(node.replacing(.mapping(printed)))
  }

  /// Maps by names of the user's choice are printed in the order of the names.
  private func sorted(_ node: Node) -> Node {
    guard let mapping = node.mapping else { return node }
    let entries = mapping.entries.sorted { precedes($0.key, $1.key) }
    return node.replacing(.mapping(Mapping(entries: entries)))
  }

  private func precedes(_ left: String, _ right: String) -> Bool {
    switch format {
    case .yaml: KeyOrder.precedes(left, right)
    case .json: left.utf8.lexicographicallyPrecedes(right.utf8)
    }
  }

  // MARK: Values that the formats print differently

  /// JSON leaves zeros out, YAML does not.
  private func printLimit(_ node: Node) -> Node {
    if let single = node.integerValue, single != 0 { return node }
    var printed = Mapping()
    for key in ["soft", "hard"] {
      let value = node[key] ?? .integer(0)
      if format == .yaml || value.integerValue != 0 { printed[key] = value }
    }
    return node.replacing(.mapping(printed))
  }

  private func printKeys(_ node: Node) -> Node? {
    guard let mapping = sorted(node).mapping, !mapping.isEmpty else { return nil }
    let separator = format == .yaml ? ": " : "="
    let lines = mapping.entries.map { entry -> Node in
      let path = GoText.of(entry.value)
      return .string(path.isEmpty ? entry.key : "\(entry.key)\(separator)\(path)")
    }
    return node.replacing(.sequence(lines))
  }

  private func printEnvFiles(_ node: Node) -> Node? {
    guard let elements = node.sequence, !elements.isEmpty else { return nil }
    let files = elements.map { element -> Node in
      let isRequired = element["required"]?.boolValue ?? true
      if isRequired, element["format"] == nil, let path = element["path"] { return path }
      var printed = Mapping()
      printed["path"] = element["path"]
      if !isRequired { printed["required"] = false }
      printed["format"] = element["format"]
      return element.replacing(.mapping(printed))
    }
    return node.replacing(.sequence(files))
  }
}
