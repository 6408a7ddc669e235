import YAML

/// Lists without elements in a model that keeps its variables: in JSON Docker Compose prints them as
/// null, but for those whose elements have a key.
enum EmptyLists {
  static func cleared(in model: Node) -> Node {
    var model = model
    clear(&model, kept.start)
    return model
  }

  private static let kept = PathTable(
    Uniqueness.keys.map(\.pattern)
      .filter { $0 != "services.*.environment" && $0 != "services.*.build.args" }
      .map { ($0, true) })

  private static func clear(_ node: inout Node, _ cursor: PathTable<Bool>.Cursor) {
    if node.sequence?.isEmpty == true, cursor.value == nil {
      node.value = .null
      return
    }
    node.updateElements { _, element in clear(&element, cursor.element()) }
    node.mapping?.updateValues { key, _, value in clear(&value, cursor.child(key)) }
  }
}
