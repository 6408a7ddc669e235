import Model

/// How often the restart policy has started a container (`restarts.json` in its run directory).
package struct RestartRecord: Sendable, Hashable {
  /// How often it was started again since it was started by hand.
  package var count: Int
  /// How many of the restarts count towards the limit of `on-failure:n`.
  package var attempts: Int
  /// The next pause.
  package var pause: Duration
  /// True while it waits for its next start.
  package var waiting = false
  /// The end, by its moment, that its next start follows; nil when it waits for none.
  package var decided: Timestamp?
  /// When its next start is due.
  package var due: Timestamp?
  /// The end, by its moment, after which it is not started again; nil when none was decided on.
  package var settled: Timestamp?

  /// Makes a record.
  package init(count: Int = 0, attempts: Int = 0, pause: Duration) {
    self.count = count
    self.attempts = attempts
    self.pause = pause
  }
}

extension RestartRecord {
  /// True when this end was decided on: the container is not started again. Of an end that nobody
  /// recorded no moment is known; it is the last one, since each start takes `settled` back.
  package func hasSettled(_ exit: ExitRecord) -> Bool {
    settled != nil && (settled == exit.finishedAt || !exit.codeKnown)
  }
}

extension RestartRecord: Versioned {
  /// Reads the members of `restarts.json`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      count: try reader.integer("count"), attempts: try reader.integer("attempts"),
      pause: try reader.duration("pause", .zero))
    waiting = try reader.flag("waiting")
    decided = try reader.optionalTimestamp("decided")
    due = try reader.optionalTimestamp("due")
    settled = try reader.optionalTimestamp("settled")
  }

  /// Writes the members of `restarts.json`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("count", count)
    writer.set("attempts", attempts)
    writer.set("pause", pause)
    writer.set("waiting", waiting)
    writer.set("decided", decided)
    writer.set("due", due)
    writer.set("settled", settled)
  }
}
