import YAML

/// The places that `!reset` and `!override` stand at in one document.
///
/// `!reset` removes its key, in its own document and from what that is merged onto; `!override`
/// only removes what its value is merged onto, so that the value stays alone. On elements of a
/// list neither reaches the other file: an element with `!reset` is just dropped.
///
/// Source: Compose specification, 13-merge.md, "Reset value" and "Replace value".
struct MergeTags: Sendable {
  /// The ways of keys to what is removed from the model that the document is merged onto.
  private(set) var removed: [[String]] = []

  /// Takes the tags out of a document.
  init(takingFrom document: inout Node) { take(from: &document, keys: []) }

  /// No tags.
  init() {}

  private mutating func take(from node: inout Node, keys: [String]?) {
    switch node.value {
    case .mapping: takeFromMapping(&node, keys: keys)
    case .sequence:
      node.sequence?.removeAll { $0.tag == .reset }
      node.updateElements { _, element in
        element.tag = nil
        take(from: &element, keys: nil)
      }
    default: break
    }
  }

  private mutating func takeFromMapping(_ node: inout Node, keys: [String]?) {
    var hasReset = false
    node.mapping?.updateValues { key, _, value in
      let child = keys.map { $0 + [key] }
      switch value.tag {
      case .reset:
        hasReset = true
        if let child { removed.append(child) }
      case .override:
        value.tag = nil
        if let child { removed.append(child) }
      case nil: take(from: &value, keys: child)
      }
    }
    if hasReset { node.mapping?.removeAll { $0.value.tag == .reset } }
  }

  /// Removes the places from a model that the document is going to be merged onto.
  func apply(to model: inout Node) {
    for keys in removed { Self.remove(keys[...], from: &model) }
  }

  /// Removes the places below one service from what that service extends.
  func apply(toBaseOf service: String, _ base: inout Node) {
    for keys in removed where keys.count > 2 && keys[0] == "services" && keys[1] == service {
      Self.remove(keys[2...], from: &base)
    }
  }

  private static func remove(_ keys: ArraySlice<String>, from node: inout Node) {
    guard let key = keys.first, node.mapping?.contains(key) == true else { return }
    if keys.count == 1 {
      node.mapping?.remove(key)
    } else {
      node[key]?.change { remove(keys.dropFirst(), from: &$0) }
    }
  }
}
