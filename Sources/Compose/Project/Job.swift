import Model

/// Something that runs only when it is asked for: a service otherwise.
package struct Job: Sendable {
  /// Its key in the file.
  package var name: String
  /// Where its triggers were written.
  package var source: SourceMap
  /// False when only its schedule runs it.
  package var mayRunByHand: Bool
  /// True when it has a schedule.
  package var isScheduled: Bool
}
