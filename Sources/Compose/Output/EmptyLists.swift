import YAML

/// Lists without elements in a model that keeps its variables: in JSON Docker Compose prints them as
/// null, but for those whose elements have a key.
enum EmptyLists {
  static func cleared(in model: Node, keys: KeyTable) -> Node {
    var model = model
    clear(&model, kept(keys).start)
    return model
  }

  private static func kept(_ keys: KeyTable) -> PathTable<Bool> {
    PathTable(
      keys.rows.filter { $0.field.identity != nil && !$0.field.kind.isVariables }
        .map { ($0.path, true) })
  }

  private static func clear(_ node: inout Node, _ cursor: PathTable<Bool>.Cursor) {
    if node.sequence?.isEmpty == true, cursor.value == nil {
      node.value = .null
      return
    }
    node.updateElements { _, element in clear(&element, cursor.element()) }
    node.mapping?.updateValues { key, _, value in clear(&value, cursor.child(key)) }
  }
}

extension FieldKind {
  fileprivate var isVariables: Bool { if case .variables = type { true } else { false } }
}
