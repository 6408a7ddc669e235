import Linux
import Model

/// What the user wants a container to do.
package enum DesiredState: String, Sendable {
  case running
  case stopped
  /// To run, but not while its machine, or the unit of systemd that stands for its project, is down.
  case suspended

  /// What is written; a container that was never started is to be stopped.
  package static func read(_ layout: ContainerLayout) -> DesiredState {
    (try? Files.readText(layout.desired)).flatMap(DesiredState.init(rawValue:)) ?? .stopped
  }

  /// `read` for those who act upon it; nil for a container that was never started.
  ///
  /// - Throws: when it cannot be read, so that nobody knows.
  package static func readIfKnown(_ layout: ContainerLayout) throws(SyscallError) -> DesiredState? {
    try Files.readIfPresent(layout.desired).flatMap {
      DesiredState(rawValue: String(decoding: $0, as: UTF8.self))
    }
  }

  /// Writes it down.
  package func write(_ layout: ContainerLayout) throws(SyscallError) {
    try Files.write(layout.desired, Array(rawValue.utf8), mode: 0o600)
  }
}
