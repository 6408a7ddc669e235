import YAML

/// The services of one file, as far as `extends` looks at them.
final class ServiceTable {
  /// The file's name in messages.
  let shownName: String
  /// The file itself, with symbolic links resolved.
  let realPath: String
  /// The services as written.
  let services: Mapping
  /// The file's `!reset` and `!override`.
  let tags: MergeTags
  /// Services whose `extends` is resolved; nil means that it could not be.
  var resolved: [String: Node?] = [:]

  init(shownName: String, realPath: String, services: Mapping, tags: MergeTags) {
    self.shownName = shownName
    self.realPath = realPath
    self.services = services
    self.tags = tags
  }
}

/// What tells files that are extended apart: one file read from two directories gives two tables,
/// because its paths start from different places.
struct ExtendedFileKey: Hashable {
  var path: String
  var directory: String
  var base: String
}
