import Model

/// One `*name` of a file: where it stands, and the lines that it repeats.
///
/// Nodes keep the place where they are written. What an alias repeats is wrong or right at the
/// alias too, and messages name both.
public struct AliasUse: Sendable {
  /// The name behind the `*`.
  public let name: String
  /// Where the alias stands.
  public let mark: Mark
  /// The path of the alias; below a merge key that of the map which is merged into.
  public let path: String
  private let start: Mark
  private let end: Mark

  init(name: String, mark: Mark, path: NodePath, start: Mark, end: Mark) {
    self.name = name
    self.mark = mark
    self.path = Self.withoutMergeKey(path).description
    self.start = start
    self.end = end
  }

  /// True for a place in what the alias repeats.
  public func covers(line: Int, column: Int) -> Bool {
    (start.line, start.column) <= (line, column) && (line, column) <= (end.line, end.column)
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
