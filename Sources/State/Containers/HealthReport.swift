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

  /// How the output of a probe begins that could not be started.
  package static let untried = "the probe could not be started"

  /// Describes a probe.
  package init(started: Timestamp, ended: Timestamp, exitCode: Int32, output: String) {
    self.started = started
    self.ended = ended
    self.exitCode = exitCode
    self.output = output
  }
}

extension HealthProbe: RecordMember {
  /// Reads an element of `log`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      started: try reader.timestamp("start"), ended: try reader.timestamp("end"),
      exitCode: try reader.integer("exitCode", -1), output: try reader.string("output", ""))
  }

  /// Writes an element of `log`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("start", started)
    writer.set("end", ended)
    writer.set("exitCode", exitCode)
    writer.set("output", output)
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
}

extension HealthReport: Versioned {
  /// Reads the members of `health.json`; absent ones are those of a container not probed yet.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      status: try reader.choice("status", .starting),
      failingStreak: try reader.integer("failingStreak", 0), probes: try reader.list("log"))
  }

  /// Writes the members of `health.json`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("status", status.rawValue)
    writer.set("failingStreak", failingStreak)
    writer.set("log", json: .array(probes.map(\.encoded)))
  }
}
