import Model
import State

/// One file of a tree that COPY reads from.
struct TreeEntry: Hashable {
  /// The path below the tree's root, without a slash at either end; `.` is the root.
  var path: String
  var kind: ArchiveEntry.Kind
  /// Permission bits.
  var mode: UInt32
  /// Owner and group where they matter: in trees that are layers.
  var owner = ""
  /// The digest of a file's content, a link's target; empty for directories.
  var content = ""

  /// What a cached step depends on. Times are left out.
  var fingerprint: String {
    "\(kind.rawValue) \(String(mode, radix: 8)) \(owner) \(content)"
  }
}

/// A tree that COPY and `RUN --mount=type=bind` read from.
protocol SourceTree {
  /// The paths that a pattern names, sorted. A plain path names itself, if it is there.
  func paths(matching pattern: String) throws(Diagnostic) -> [String]
  /// A path with everything below it, itself first; nothing when it is not there. A link at the
  /// path itself is followed.
  func entries(of path: String) throws(Diagnostic) -> [TreeEntry]
  /// How the helper opens the tree; `work` is for what it mounts.
  func request(in work: WorkDirectory) throws(Diagnostic) -> ArchiveTree
  /// True when owners are part of the tree.
  var hasOwners: Bool { get }
  /// The tree in messages, such as `the build context`.
  var name: String { get }
}
