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
}
