/// How much a document may ask for before it is refused.
///
/// A few lines of aliases can stand for billions of nodes, and thousands of brackets would exhaust
/// the stack of whoever walks the tree. No file that people write comes near these limits.
package struct ParsingLimits: Sendable {
  /// How deep lists and maps may be nested.
  package var depth: Int
  /// How many nodes a file may have, each node counted as often as aliases repeat it, and each
  /// 32 bytes of text counted as one more.
  package var nodes: Int

  /// Makes limits.
  package init(depth: Int = 256, nodes: Int = 500_000) {
    self.depth = depth
    self.nodes = nodes
  }
}
