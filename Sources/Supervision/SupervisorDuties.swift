import Model
import State

/// What a supervisor has the engine do to the machine. It calls these while it holds the project's
/// lock, so that no command is at the same project.
package protocol SupervisorDuties {
  /// Takes a container that ended by itself off its networks; one that is removed on exit goes.
  ///
  /// - Returns: what could not be done, in sentences.
  func tidy(_ record: ContainerRecord) -> [String]

  /// The last container is over: removes what only a running project needs.
  ///
  /// - Returns: what could not be done, in sentences.
  func projectEnded() -> [String]

  /// Somebody changed the machine's packet filter: puts back what was removed of ours. Called without
  /// the project's lock.
  ///
  /// - Returns: what was done or could not be done, in sentences.
  func packetFilterChanged() -> [String]
}
