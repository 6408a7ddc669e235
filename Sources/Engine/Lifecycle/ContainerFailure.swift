import Linux
import Model
import State

/// Says of a container that does not work what is known of why.
struct ContainerFailure {
  let context: ContainerContext

  /// It ended.
  func ended(_ record: ContainerRecord, _ code: Int32?) -> Diagnostic {
    let outcome = code.map { "ended with exit code \($0)" } ?? "did not start"
    return withLog(of: record, "container \(record.shownName) \(outcome)")
  }

  /// It ended, and its restart policy had it start again.
  func endedAndRestarted(_ record: ContainerRecord) -> Diagnostic {
    withLog(of: record, "container \(record.shownName) ended soon after its start")
  }

  /// Nobody listens on a port that is published.
  func doesNotListen(
    _ record: ContainerRecord, _ ports: [UInt16], within time: Duration
  ) -> Diagnostic {
    let ports = ports.map { "\($0)/tcp" }.joined(separator: ", ")
    return Diagnostic(
      .error,
      "container \(record.shownName) does not listen on \(ports) \(time.components.seconds) s after its start",
      hint: "give the service a `healthcheck`, or a longer `deploy.update_config.monitor`")
  }

  /// Its probes fail.
  func unhealthy(_ record: ContainerRecord) -> Diagnostic {
    let report = HealthReport.readIfUsable(context.layout.container(record.id).health)
    var notes: [Diagnostic.Note] = []
    if let probe = report?.probes.last {
      let command = record.healthcheck?.command.joined(separator: " ") ?? ""
      // What the probe did not write says why there is none, or that it took too long.
      let wrote = probe.exitCode == -1 ? "" : "it wrote: "
      let ending = probe.exitCode == -1 ? "failed" : "ended with exit code \(probe.exitCode)"
      notes.append(Diagnostic.Note("the last probe, `\(command)`, \(ending)"))
      for line in probe.output.split(separator: "\n").suffix(5) {
        notes.append(Diagnostic.Note("\(wrote)\(line)"))
      }
    }
    let failures = report?.failingStreak ?? 0
    return Diagnostic(
      .error, "container \(record.shownName) is unhealthy after \(failures) failed probes",
      hint: "see `roost logs \(record.service)`", notes: notes)
  }

  private func withLog(of record: ContainerRecord, _ message: String) -> Diagnostic {
    let lines = LogTail.lastLines(3, of: record, context.layout)
    return Diagnostic(
      .error, message,
      hint: lines.isEmpty ? "it wrote nothing to its log" : "see `roost logs \(record.service)`",
      notes: lines.map { Diagnostic.Note("it wrote: \($0)") })
  }
}
