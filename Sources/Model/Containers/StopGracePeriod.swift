/// How long a container has to end after it was asked to, before it is killed.
package enum StopGracePeriod {
  /// The time when the file does not say.
  ///
  /// Source: Compose specification, `stop_grace_period`.
  package static let standard = Duration.seconds(10)
}
