import Glibc
import Model

/// One process for good: a pid alone may be given to another process later.
package struct ProcessIdentity: Sendable, Hashable {
  /// The process id.
  package var pid: Int32
  /// When it started, in clock ticks since boot.
  package var startTime: UInt64
  /// The boot it belongs to.
  package var bootID: String

  /// Makes an identity.
  package init(pid: Int32, startTime: UInt64, bootID: String) {
    self.pid = pid
    self.startTime = startTime
    self.bootID = bootID
  }

  /// The identity of a process that runs now; nil when there is none.
  package init?(of pid: Int32) {
    guard let startTime = ProcessTable.startTime(pid) else { return nil }
    self.init(pid: pid, startTime: startTime, bootID: Clock.bootID)
  }

  /// The identity of this process.
  package static func current() -> ProcessIdentity? { ProcessIdentity(of: getpid()) }

  /// True while it runs; false once it ended, even if nobody waited for it.
  package var isAlive: Bool {
    guard bootID == Clock.bootID, let stat = ProcessTable.stat(pid) else { return false }
    return stat.startTime == startTime && !stat.hasEnded
  }

  /// Reads `{"pid":1,"startTime":2,"bootID":"…"}`; nil for anything else.
  package init?(json: JSON) {
    guard let pid = json["pid"]?.intValue.flatMap(Int32.init(exactly:)), pid > 0,
      let startTime = json["startTime"]?.intValue.flatMap(UInt64.init(exactly:)),
      let bootID = json["bootID"]?.stringValue
    else { return nil }
    self.init(pid: pid, startTime: startTime, bootID: bootID)
  }

  /// The JSON form.
  package var json: JSON {
    [
      "pid": .integer(Int64(pid)), "startTime": .integer(Int64(startTime)),
      "bootID": .string(bootID),
    ]
  }

  /// The identity a file holds; nil when there is no such file or it cannot be read.
  package static func read(_ path: String) -> ProcessIdentity? {
    guard let bytes = try? Files.read(path), let json = try? JSON.parse(bytes) else { return nil }
    return ProcessIdentity(json: json)
  }

  /// Writes the JSON form to a file, atomically.
  package func write(_ path: String) throws(SyscallError) {
    try Files.writeAtomically(path, json.utf8())
  }
}
