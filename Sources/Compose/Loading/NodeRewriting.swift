import YAML

/// Changes the node at a place of the model, and reports what is wrong with it.
typealias NodeRewrite = @Sendable (inout Node, NodePath, inout Report) -> Void

extension PathTable where Value == NodeRewrite {
  /// Walks over a model from the top and applies the table: at each place first its function, then
  /// those of the places below.
  func rewrite(_ model: inout Node, report: inout Report) {
    Self.rewrite(&model, start, NodePath(), &report)
  }

  private static func rewrite(
    _ node: inout Node, _ cursor: Cursor, _ path: NodePath, _ report: inout Report
  ) {
    if let function = cursor.value { function(&node, path, &report) }
    switch node.value {
    case .mapping:
      node.mapping?.updateValues { key, _, value in
        let next = cursor.child(key)
        if !next.isExhausted { rewrite(&value, next, path.appending(key), &report) }
      }
    case .sequence:
      let next = cursor.element()
      guard !next.isExhausted else { return }
      node.updateElements { index, element in
        rewrite(&element, next, path.appending(index), &report)
      }
    default: break
    }
  }
}

extension Node {
  /// Changes the node in place; for use behind an optional chain.
  mutating func change(_ body: (inout Node) -> Void) { body(&self) }

  /// Changes every element of a list in place, in order.
  mutating func updateElements(_ change: (_ index: Int, _ element: inout Node) -> Void) {
    guard var elements = sequence else { return }
    // Moved out, so that changing an element does not copy the list.
    value = .null
    for index in elements.indices { change(index, &elements[index]) }
    value = .sequence(elements)
  }
}
