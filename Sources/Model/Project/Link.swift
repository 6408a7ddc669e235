/// Another container by a name of one's own.
package struct Link: Sendable, Hashable {
  /// The service, or the container of an external link.
  package var target: String
  /// The name under which it is found.
  package var alias: String

  /// Makes a link.
  package init(target: String, alias: String) {
    self.target = target
    self.alias = alias
  }
}
