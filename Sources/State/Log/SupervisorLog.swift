import Linux
import Model

/// The log of a project's supervisor and shims, as `Layout.supervisorLog` names it: what goes
/// wrong while no command looks on.
package enum SupervisorLog {
  /// The size of one of the two files in bytes.
  package static let limit = 1 << 20

  /// A line of the log.
  package static func line(_ text: String) -> [UInt8] {
    Array("\(Clock.now().rfc3339) \(text)\n".utf8)
  }
}
