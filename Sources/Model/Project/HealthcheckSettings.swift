/// What a healthcheck of the file gives. Nil means: as the image says, else the default.
package struct HealthcheckSettings: Sendable, Hashable {
  /// What a probe runs.
  package enum Test: Sendable, Hashable {
    /// A program with its arguments (`CMD`).
    case command([String])
    /// A line for the image's shell, else `/bin/sh -c` (`CMD-SHELL`).
    case shell(String)
  }

  /// What a probe runs.
  package var test: Test?
  /// The pause between probes.
  package var interval: Duration?
  /// How long a probe may take.
  package var timeout: Duration?
  /// How many failures in a row make it unhealthy.
  package var retries: Int?
  /// How long after the start failures do not count.
  package var startPeriod: Duration?
  /// The pause between probes during the start period.
  package var startInterval: Duration?

  /// Makes settings that leave everything to the image.
  package init(test: Test? = nil) {
    self.test = test
    interval = nil
    timeout = nil
    retries = nil
    startPeriod = nil
    startInterval = nil
  }

  /// The pause between probes when nobody says.
  package static let defaultInterval = Duration.seconds(30)
  /// How long a probe may take when nobody says.
  package static let defaultTimeout = Duration.seconds(30)
  /// How many failures in a row make it unhealthy when nobody says.
  package static let defaultRetries = 3
  /// The pause between probes during the start period when nobody says.
  package static let defaultStartInterval = Duration.seconds(5)
}
