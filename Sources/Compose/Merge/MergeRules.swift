import YAML

/// Merges the second of two values at one place into the first.
typealias MergeRule = @Sendable (Node, inout Node, MergePlace, inout Report) -> Void

/// Where two values meet.
struct MergePlace {
  var path: NodePath
  var cursor: PathTable<MergeRule>.Cursor
}

extension FieldMerge {
  /// The rule; nil for what is merged by its kind.
  var rule: MergeRule? {
    switch self {
    case .byKind: nil
    case .replaced, .entriesReplaced: Self.replace
    case .joinedAsList: Self.joinAsList
    case .linesJoined: Self.joinNewOnes
    case .namesAsMap: Self.mergeAsMap
    case .dependencies: Self.mergeDependencies
    case .build: Self.mergeBuild
    case .logging: Self.mergeLogging
    case .addressPools: Self.mergeAddressPools
    }
  }

  private static let replace: MergeRule = { override, base, _, _ in base = override }

  private static let joinAsList: MergeRule = { override, base, _, _ in
    let elements = base.asAssignments + override.asAssignments
    base = base.replacing(.sequence(elements))
  }

  private static let joinNewOnes: MergeRule = { override, base, _, _ in
    var known = Set(base.asAssignments)
    var elements = base.asAssignments
    for element in override.asAssignments where known.insert(element).inserted {
      elements.append(element)
    }
    base = base.replacing(.sequence(elements))
  }

  private static let mergeBuild: MergeRule = { override, base, place, report in
    var wide = base.wrapped(as: "context")
    Merging.mergePlainly(
      override.wrapped(as: "context"), into: &wide, place.cursor, place.path, &report)
    base = wide
  }

  private static let mergeDependencies: MergeRule = { override, base, place, report in
    var map = base.asMap(of: Node.startedDependency)
    Merging.mergePlainly(
      override.asMap(of: Node.startedDependency), into: &map, place.cursor, place.path, &report)
    base = map
  }

  private static let mergeAsMap: MergeRule = { override, base, place, report in
    var map = base.asMap { .null(at: $0) }
    Merging.mergePlainly(
      override.asMap { .null(at: $0) }, into: &map, place.cursor, place.path, &report)
    base = map
  }

  private static let mergeLogging: MergeRule = { override, base, place, report in
    let drivers = [override["driver"], base["driver"]].compactMap { $0 }
    if drivers.count == 2, drivers[0] != drivers[1] {
      base = override
    } else {
      Merging.mergePlainly(override, into: &base, place.cursor, place.path, &report)
    }
  }

  /// Pools of one subnet are merged. Each pool of the first file is laid against each one of the
  /// second, in this order, and may take over its subnet: this is what Docker Compose does.
  private static let mergeAddressPools: MergeRule = { override, base, place, report in
    guard let pools = base.sequence, let others = override.sequence else {
      return Merging.mergePlainly(override, into: &base, place.cursor, place.path, &report)
    }
    // A pool that is in the result goes on changing there while it meets the rest.
    var result: [(owner: Int?, pool: Node)] = []
    for (owner, pool) in pools.enumerated() {
      var pool = pool
      for other in others {
        let isKnown = result.contains { $0.pool["subnet"] == other["subnet"] }
        if other["subnet"] != pool["subnet"], !isKnown {
          result.append((nil, other))
          continue
        }
        Merging.mergePlainly(other, into: &pool, place.cursor, place.path, &report)
        for index in result.indices where result[index].owner == owner {
          result[index].pool = pool
        }
        if let index = result.firstIndex(where: { $0.pool["subnet"] == pool["subnet"] }) {
          result[index] = (owner, pool)
        } else {
          result.append((owner, pool))
        }
      }
    }
    base = base.replacing(.sequence(result.map(\.pool)))
  }
}

extension Node {
  /// The list of `KEY=VALUE` that a map stands for; a list or string as it is.
  var asAssignments: [Node] {
    switch value {
    case .sequence(let elements): elements
    case .string: [self]
    case .mapping(let mapping): mapping.entries.flatMap(\.asAssignments).sorted(by: Node.isLess)
    default: []
    }
  }

  private static func isLess(_ left: Node, _ right: Node) -> Bool {
    (left.stringValue ?? "").utf8.lexicographicallyPrecedes((right.stringValue ?? "").utf8)
  }

  /// The map that a list of names stands for.
  func asMap(of element: (Mark) -> Node) -> Node {
    guard let names = sequence else { return self }
    var mapping = Mapping()
    for name in names {
      guard let key = name.stringValue else { continue }
      mapping.set(key, element(name.mark), keyMark: name.mark)
    }
    return replacing(.mapping(mapping))
  }

  /// The map with one key that a string stands for.
  func wrapped(as key: String) -> Node {
    guard stringValue != nil else { return self }
    return .mapping([key: self] as Mapping, at: mark)
  }

  /// The long form of a name in `depends_on`.
  static func startedDependency(at mark: Mark) -> Node {
    .mapping(
      ["condition": .string("service_started", at: mark), "required": .bool(true, at: mark)]
        as Mapping,
      at: mark)
  }
}

extension Mapping.Entry {
  fileprivate var asAssignments: [Node] {
    switch value.value {
    case .null: [.string(key, at: keyMark)]
    case .sequence(let values):
      values.map { .string("\(key)=\(GoText.of($0))", at: $0.mark) }
    default: [.string("\(key)=\(GoText.of(value))", at: value.mark)]
    }
  }
}
