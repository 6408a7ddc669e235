import Model

/// A list or map whose end has not been read yet.
struct OpenCollection {
  enum Content {
    case sequence([Node])
    case mapping(OpenMapping)
  }

  var content: Content
  let properties: Event.Properties
  /// How many collections its members nest.
  var depth = 0
  var nodeCount = 1

  init(content: Content, properties: Event.Properties) {
    self.content = content
    self.properties = properties
  }

  /// Takes the next element, key or value; gives back what is wrong with it.
  mutating func add(_ built: Built, isMergeKey: Bool) -> Diagnostic? {
    depth = max(depth, built.depth)
    nodeCount += built.nodeCount
    switch content {
    case .sequence(var elements):
      content = .sequence([])
      elements.append(built.node)
      content = .sequence(elements)
      return nil
    case .mapping(var mapping):
      content = .sequence([])
      defer { content = .mapping(mapping) }
      return mapping.add(built.node, isMergeKey: isMergeKey)
    }
  }

  /// The component of the path that leads to the member being read.
  var component: NodePath.Component? {
    switch content {
    case .sequence(let elements): .index(elements.count)
    case .mapping(let mapping): mapping.component
    }
  }
}

/// A map whose end has not been read yet.
struct OpenMapping {
  private enum Pending {
    case nothing
    case value(key: String, Mark)
    case mergeValue(Mark)
    /// The value of a key that was refused.
    case ignoredValue
  }

  private var mapping = Mapping()
  private var pending = Pending.nothing
  private var merges: [Mapping] = []
  private var mergeKeyMark: Mark?

  /// Takes the next key or value; gives back what is wrong with it.
  mutating func add(_ node: Node, isMergeKey: Bool) -> Diagnostic? {
    let pending = pending
    self.pending = .nothing
    switch pending {
    case .nothing: return isMergeKey ? addMergeKey(node) : addKey(node)
    case .value(let key, let mark):
      mapping.set(key, node, keyMark: mark)
      return nil
    case .mergeValue(let mark): return addMerge(node, keyMark: mark)
    case .ignoredValue: return nil
    }
  }

  var component: NodePath.Component? {
    switch pending {
    case .value(let key, _): .key(key)
    case .mergeValue: .key("<<")
    case .nothing, .ignoredValue: nil
    }
  }

  private mutating func addKey(_ node: Node) -> Diagnostic? {
    pending = .ignoredValue
    guard case .string(let key) = node.value else {
      return node.diagnostic(
        .error, "a key must be a string, but this is \(node.isNull ? "null" : node.kind)",
        hint: KeyHints.hint(for: node))
    }
    if let first = mapping.entry(key) {
      return node.diagnostic(
        .error, "the key `\(key)` is there twice", hint: "keep one of them, or rename one",
        notes: [first.keyMark.note("it is first given here")])
    }
    pending = .value(key: key, node.mark)
    return nil
  }

  private mutating func addMergeKey(_ node: Node) -> Diagnostic? {
    guard let mergeKeyMark else {
      mergeKeyMark = node.mark
      pending = .mergeValue(node.mark)
      return nil
    }
    pending = .ignoredValue
    return node.diagnostic(
      .error, "the merge key `<<` is there twice", hint: "give it one list: `<<: [*a, *b]`",
      notes: [mergeKeyMark.note("it is first given here")])
  }

  private mutating func addMerge(_ node: Node, keyMark: Mark) -> Diagnostic? {
    var sources: [Mapping] = []
    switch node.value {
    case .mapping(let mapping): sources = [mapping]
    case .sequence(let elements): sources = elements.compactMap(\.mapping)
    default: break
    }
    let isComplete = node.sequence.map { $0.count == sources.count } ?? !sources.isEmpty
    guard isComplete else {
      return keyMark.diagnostic(
        .error, "the merge key `<<` takes a map or a list of maps, not \(node.kind)",
        hint: "write `<<: *name`, where `&name` marks a map")
    }
    merges = sources
    return nil
  }

  /// The map with all that it merges. Its own keys win, then the first map that has the key.
  ///
  /// Source: YAML 1.1 type repository, "Merge Key Language-Independent Type".
  func finished() -> Mapping {
    var result = mapping
    for source in merges {
      for entry in source.entries {
        guard let own = result[entry.key] else {
          result.set(entry.key, entry.value, keyMark: entry.keyMark)
          continue
        }
        guard own.tag == .reset, mapping.contains(entry.key) else { continue }
        // The own key only removes what an earlier file gave; the merged value then takes its
        // place. Together that is an override.
        var value = entry.value
        value.tag = .override
        result.set(entry.key, value)
      }
    }
    return result
  }
}
