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
    guard let startTime = ProcessTable.startTime(pid), let bootID = try? Clock.checkBootID()
    else { return nil }
    self.init(pid: pid, startTime: startTime, bootID: bootID)
  }

  /// The identity of this process.
  package static func current() -> ProcessIdentity? { ProcessIdentity(of: getpid()) }

  /// The identity of this process.
  ///
  /// - Throws: when /proc cannot be read, as without a free descriptor.
  package static func ofThisProcess() throws(SyscallError) -> ProcessIdentity {
    guard let stat = try ProcessTable.check(getpid()) else {
      throw SyscallError("read", path: "/proc/self/stat", errno: ENOENT)
    }
    return ProcessIdentity(
      pid: stat.pid, startTime: stat.startTime, bootID: try Clock.checkBootID())
  }

  /// `isAlive` for those who act upon its end.
  ///
  /// - Throws: when /proc cannot be read: the process may run or not.
  package func checkAlive() throws(SyscallError) -> Bool {
    guard try bootID == Clock.checkBootID(), let stat = try ProcessTable.check(pid) else {
      return false
    }
    return stat.startTime == startTime && !stat.hasEnded
  }

  /// True while it runs; false once it ended, even if nobody waited for it.
  package var isAlive: Bool {
    guard bootID == Clock.bootID, let stat = ProcessTable.stat(pid) else { return false }
    return stat.startTime == startTime && !stat.hasEnded
  }
}
