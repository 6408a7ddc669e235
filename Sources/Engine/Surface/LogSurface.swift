import Model

/// Which lines `logs` shows.
package struct LogOptions: Sendable {
  /// The services; empty means all.
  package var services: [String] = []
  /// The number of the container in its service; nil means all.
  package var index: Int?
  /// True to wait for more lines until the containers are gone.
  package var follow = false
  /// Lines written before this moment are left out.
  package var since: Timestamp?
  /// Lines written after this moment are left out.
  package var until: Timestamp?
  /// How many lines at the end of each container's log are shown; nil means all.
  package var tail: Int?

  /// Makes options that show everything.
  package init() {}
}
