import Linux
import Model

/// How the last run of a container ended: the content of `exit.json`.
package struct ExitRecord: Sendable, Hashable {
  /// The exit code; 128 and the signal's number when a signal ended it.
  package var code: Int32
  /// The signal that ended it, if one did.
  package var signal: Int32?
  /// When its program was started.
  package var startedAt: Timestamp?
  /// When it ended; when unknown, when that was found out.
  package var finishedAt: Timestamp
  /// The kernel ended one of its processes because memory ran out.
  package var oomKilled: Bool
  /// False when nobody could tell the code any more (after a power cut, for example): it is 255.
  package var codeKnown: Bool

  /// Makes a record.
  package init(
    code: Int32, signal: Int32? = nil, startedAt: Timestamp?, finishedAt: Timestamp,
    oomKilled: Bool = false, codeKnown: Bool = true
  ) {
    self.code = code
    self.signal = signal
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.oomKilled = oomKilled
    self.codeKnown = codeKnown
  }

  /// The record of an end that nobody saw.
  package static func unknown(startedAt: Timestamp?, foundAt: Timestamp) -> ExitRecord {
    ExitRecord(code: 255, startedAt: startedAt, finishedAt: foundAt, codeKnown: false)
  }
}

extension ExitRecord {
  /// How the last run of a container ended; nil when that is not written down. What had to be kept
  /// in the run directory is moved to its place as soon as there is room.
  package static func read(of container: ContainerLayout) -> ExitRecord? {
    guard let aside = readIfUsable(container.exitAside) else {
      return readIfUsable(container.exit)
    }
    if (try? aside.write(container.exit)) != nil {
      try? Files.removeIfPresent(container.exitAside)
    }
    return aside
  }

  /// Forgets how a container ended: it starts again.
  package static func remove(of container: ContainerLayout) throws(SyscallError) {
    for path in [container.exitAside, container.exit] { try Files.removeIfPresent(path) }
  }
}

extension ExitRecord: Versioned {
  /// Reads the members of `exit.json`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      code: try reader.integer("code"), signal: try reader.optionalInteger("signal"),
      startedAt: try reader.optionalTimestamp("startedAt"),
      finishedAt: try reader.timestamp("finishedAt"), oomKilled: try reader.flag("oomKilled"),
      codeKnown: try reader.flag("codeKnown", true))
  }

  /// Writes the members of `exit.json`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("code", code)
    writer.set("signal", signal)
    writer.set("startedAt", startedAt)
    writer.set("finishedAt", finishedAt)
    writer.set("oomKilled", oomKilled)
    writer.set("codeKnown", json: .bool(codeKnown))
  }
}

/// The container's PID 1 as the shim records it in `init.pid`, before the program runs.
package struct InitRecord: Sendable, Hashable {
  /// The process, with its pid on the machine.
  package var process: ProcessIdentity
  /// When it was started.
  package var startedAt: Timestamp
  /// The path of its cgroup.
  package var cgroup: String

  /// Makes a record.
  package init(process: ProcessIdentity, startedAt: Timestamp, cgroup: String) {
    self.process = process
    self.startedAt = startedAt
    self.cgroup = cgroup
  }
}

extension InitRecord: Versioned {
  /// Reads the members of `init.pid`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      process: try ProcessIdentity(reader), startedAt: try reader.timestamp("startedAt"),
      cgroup: try reader.string("cgroup"))
  }

  /// Writes the members of `init.pid`.
  package func write(_ writer: inout RecordWriter) {
    process.write(&writer)
    writer.set("startedAt", startedAt)
    writer.set("cgroup", cgroup)
  }
}
