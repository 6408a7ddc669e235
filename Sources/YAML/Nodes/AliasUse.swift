import Model

/// One `*name` of a file: where it stands, and the lines that it repeats.
///
/// Nodes keep the place where they are written. What an alias repeats is wrong or right at the
/// alias too, and messages name both.
package struct AliasUse: Sendable {
  /// The name behind the `*`.
  package let name: String
  /// Where the alias stands.
  package private(set) var mark: Mark
  /// The path of the alias; below a merge key that of the map which is merged into.
  package let path: String
  private let start: (line: Int, column: Int)
  private let end: (line: Int, column: Int)

  init(name: String, mark: Mark, path: NodePath, start: Mark, end: Mark) {
    self.name = name
    self.mark = mark
    self.path = Self.withoutMergeKey(path).description
    self.start = (start.line, start.column)
    self.end = (end.line, end.column)
  }

  /// The same with `source` as the file of its mark. A file keeps its uses without: they would hold
  /// it, and it would never go.
  func placed(in source: SourceFile?) -> AliasUse {
    var copy = self
    copy.mark = Mark(source: source, line: mark.line, column: mark.column)
    return copy
  }

  /// True for a place in what the alias repeats.
  package func covers(line: Int, column: Int) -> Bool {
    start <= (line, column) && (line, column) <= end
  }

  private static func withoutMergeKey(_ path: NodePath) -> NodePath {
    var path = path
    if case .index = path.lastComponent, path.parent?.lastComponent == .key("<<") {
      path = path.parent ?? path
    }
    if path.lastComponent == .key("<<") { path = path.parent ?? path }
    return path
  }
}
