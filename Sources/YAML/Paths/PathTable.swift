/// A table from patterns of paths, such as `services.*.ports.*`, to values; `*` stands for any one
/// key or index.
///
/// A stage that walks a document carries a cursor along and learns at every node, in constant
/// time, what the table says about it; the number of patterns does not matter.
///
///     var table: PathTable<Cast> = ["services.*.init": .bool, "services.*.scale": .integer]
///     table.start.child("services").child("web").child("init").value  // .bool
package struct PathTable<Value: Sendable>: Sendable {
  private struct Row: Sendable {
    var value: Value?
    var anyChild: Int?
    /// True when some pattern goes on with a key here.
    var hasKeys = false
  }

  private struct Edge: Hashable, Sendable {
    var row: Int
    var key: String
  }

  private var rows = [Row()]
  /// Which row a key leads to. One dictionary for all rows: making many small ones takes long.
  private var edges: [Edge: Int] = [:]

  /// Makes an empty table.
  package init() {}

  /// Makes a table of patterns.
  package init(_ patterns: some Sequence<(String, Value)>) {
    let expected = patterns.underestimatedCount
    rows.reserveCapacity(expected)
    edges.reserveCapacity(expected)
    for (pattern, value) in patterns { insert(pattern, value) }
  }

  /// Adds a pattern: keys separated by dots. A pattern that is already there gets the new value.
  package mutating func insert(_ pattern: String, _ value: Value) {
    insert(pattern.utf8.split(separator: UInt8(ascii: ".")).map { String(Substring($0)) }, value)
  }

  /// Adds a pattern by its keys, of which each may hold dots.
  package mutating func insert(_ keys: [String], _ value: Value) {
    let position = keys.reduce(0) { child(of: $0, $1) }
    rows[position].value = value
  }

  private mutating func child(of position: Int, _ part: String) -> Int {
    let edge = Edge(row: position, key: part)
    let known = part == "*" ? rows[position].anyChild : edges[edge]
    if let known { return known }
    rows.append(Row())
    let new = rows.count - 1
    if part == "*" {
      rows[position].anyChild = new
    } else {
      rows[position].hasKeys = true
      edges[edge] = new
    }
    return new
  }

  /// The cursor of the top of a document.
  package var start: Cursor { Cursor(table: self, positions: [0]) }

  /// What the table says about `path`.
  package subscript(path: NodePath) -> Value? {
    path.components.reduce(start) { $0.child($1) }.value
  }

  /// Where a walk stands in the table.
  package struct Cursor: Sendable {
    fileprivate let table: PathTable
    /// The rows that match the way so far, the most specific first.
    fileprivate let positions: [Int]

    /// What the table says about the node here; a key counts more than a `*`, from the left.
    package var value: Value? {
      for position in positions {
        if let value = table.rows[position].value { return value }
      }
      return nil
    }

    /// True when no pattern begins with the way so far: nothing below is in the table.
    package var isExhausted: Bool { positions.isEmpty }

    /// The cursor of the child at `key`.
    package func child(_ key: String) -> Cursor {
      var next: [Int] = []
      for position in positions {
        let row = table.rows[position]
        if row.hasKeys, let child = table.edges[Edge(row: position, key: key)] {
          next.append(child)
        }
        if let child = row.anyChild { next.append(child) }
      }
      return Cursor(table: table, positions: next)
    }

    /// The cursor of an element of a list, which only a `*` matches.
    package func element() -> Cursor {
      Cursor(table: table, positions: positions.compactMap { table.rows[$0].anyChild })
    }

    /// The cursor of the child that `component` leads to.
    package func child(_ component: NodePath.Component) -> Cursor {
      switch component {
      case .key(let key): child(key)
      case .index: element()
      }
    }
  }
}

extension PathTable: ExpressibleByDictionaryLiteral {
  /// Makes a table of patterns.
  package init(dictionaryLiteral patterns: (String, Value)...) { self.init(patterns) }
}
