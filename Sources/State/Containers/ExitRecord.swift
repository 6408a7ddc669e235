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

  /// Reads the JSON form; nil for anything else.
  package init?(json: JSON) {
    guard let code = json["code"]?.intValue.flatMap(Int32.init(exactly:)),
      let finished = json["finishedAt"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
    else { return nil }
    self.init(
      code: code, signal: json["signal"]?.intValue.flatMap(Int32.init(exactly:)),
      startedAt: json["startedAt"]?.stringValue.flatMap(Timestamp.init(rfc3339:)),
      finishedAt: finished, oomKilled: json["oomKilled"]?.boolValue ?? false,
      codeKnown: json["codeKnown"]?.boolValue ?? true)
  }

  /// The JSON form.
  package var json: JSON {
    var writer = SpecWriter()
    writer.set("code", code)
    writer.set("signal", signal)
    writer.set("startedAt", startedAt?.rfc3339)
    writer.set("finishedAt", finishedAt.rfc3339)
    writer.set("oomKilled", oomKilled)
    writer.set("codeKnown", json: .bool(codeKnown))
    return writer.json
  }

  /// The record in a file; nil when there is none or it cannot be read.
  package static func read(_ path: String) -> ExitRecord? {
    guard let bytes = try? Files.read(path), let json = try? JSON.parse(bytes) else { return nil }
    return ExitRecord(json: json)
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

  /// The record in a file; nil when there is none or it cannot be read.
  package static func read(_ path: String) -> InitRecord? {
    guard let bytes = try? Files.read(path), let json = try? JSON.parse(bytes),
      let process = ProcessIdentity(json: json),
      let started = json["startedAt"]?.stringValue.flatMap(Timestamp.init(rfc3339:)),
      let cgroup = json["cgroup"]?.stringValue
    else { return nil }
    return InitRecord(process: process, startedAt: started, cgroup: cgroup)
  }

  /// Writes the record, atomically.
  package func write(_ path: String) throws(SyscallError) {
    guard var object = process.json.objectValue else { return }
    object["startedAt"] = .string(startedAt.rfc3339)
    object["cgroup"] = .string(cgroup)
    try Files.writeAtomically(path, JSON.object(object).utf8())
  }
}
