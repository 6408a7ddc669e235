/// A service or container whose mounts are taken over.
package struct VolumesFrom: Sendable, Hashable {
  /// The owner of the mounts.
  package enum Source: Sendable, Hashable {
    case service(String)
    case container(String)
  }

  /// The owner of the mounts.
  package var source: Source
  /// True when they are mounted read-only.
  package var readOnly: Bool

  /// Makes an entry.
  package init(source: Source, readOnly: Bool = false) {
    self.source = source
    self.readOnly = readOnly
  }
}
