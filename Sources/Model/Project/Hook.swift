/// A command that runs at a moment in a container's life.
package struct Hook: Sendable, Hashable {
  /// The program with its arguments; may be empty in `pre_start`, where the image's runs.
  package var command: [String]
  /// The user; nil means the container's.
  package var user: String?
  /// True when it has all rights.
  package var privileged: Bool
  /// The working directory; nil means the container's.
  package var workingDirectory: String?
  /// Variables besides the container's.
  package var environment: OrderedMap<String?>
  /// The image of a `pre_start` container; nil means the service's.
  package var image: String?
  /// True when a `pre_start` container runs once a replica instead of once a service.
  package var perReplica: Bool

  /// Makes a hook.
  package init(command: [String]) {
    self.command = command
    user = nil
    privileged = false
    workingDirectory = nil
    environment = [:]
    image = nil
    perReplica = false
  }
}
