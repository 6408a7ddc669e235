import Model

/// How one probe of a container's health went.
package struct HealthProbe: Sendable, Hashable {
  /// When it began.
  package var started: Timestamp
  /// When it ended.
  package var ended: Timestamp
  /// The exit code; -1 when it took too long or could not be run.
  package var exitCode: Int32
  /// What it wrote, cut to a few kilobytes.
  package var output: String

  /// Describes a probe.
  package init(started: Timestamp, ended: Timestamp, exitCode: Int32, output: String) {
    self.started = started
    self.ended = ended
    self.exitCode = exitCode
    self.output = output
  }

  /// The probe as it stands in `health.json`.
  package var json: JSON {
    [
      "start": .string(started.rfc3339), "end": .string(ended.rfc3339),
      "exitCode": .integer(Int64(exitCode)), "output": .string(output),
    ]
  }

  /// Reads a probe; nil when it is malformed.
  package init?(json: JSON) {
    guard let started = json.timestamp("start"), let ended = json.timestamp("end") else {
      return nil
    }
    self.init(
      started: started, ended: ended, exitCode: json.integer("exitCode") ?? -1,
      output: json.text("output"))
  }
}

/// What is known of a container's health (`health.json` in its run directory).
package struct HealthReport: Sendable, Hashable {
  /// What is thought of the container.
  package var status: HealthStatus
  /// How many probes failed in a row.
  package var failingStreak: Int
  /// The last probes, the newest last.
  package var probes: [HealthProbe]

  /// Describes a container's health.
  package init(status: HealthStatus, failingStreak: Int, probes: [HealthProbe]) {
    self.status = status
    self.failingStreak = failingStreak
    self.probes = probes
  }

  /// The health as it stands in `health.json`.
  package var json: JSON {
    [
      "status": .string(status.rawValue), "failingStreak": .integer(Int64(failingStreak)),
      "log": .array(probes.map(\.json)),
    ]
  }

  /// Reads a report; what is missing has the value of a container that was not probed yet.
  package init(json: JSON) {
    self.init(
      status: HealthStatus(rawValue: json.text("status")) ?? .starting,
      failingStreak: json.integer("failingStreak") ?? 0,
      probes: json["log"]?.arrayValue?.compactMap { HealthProbe(json: $0) } ?? [])
  }
}
