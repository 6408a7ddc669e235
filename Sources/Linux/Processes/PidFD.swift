import CLinux
import Glibc

/// How a process ended. Source: wait(2).
package enum ExitStatus: Sendable, Hashable {
  /// It returned a code from 0 to 255.
  case exited(Int32)
  /// A signal ended it.
  case signaled(Int32)

  /// Takes a status apart that waitpid(2) gave.
  package init(waitStatus: Int32) {
    let signal = waitStatus & 0x7F
    self = signal == 0 ? .exited(waitStatus >> 8 & 0xFF) : .signaled(signal)
  }

  /// The code as shells tell it: 128 and the signal's number for one that a signal ended.
  package var code: Int32 {
    switch self {
    case .exited(let code): code
    case .signaled(let signal): 128 + signal
    }
  }

  /// The signal that ended it, if one did.
  package var signal: Int32? {
    if case .signaled(let signal) = self { signal } else { nil }
  }
}

/// A process by descriptor: it can never turn into another one. Source: pidfd_open(2).
///
/// The descriptor is readable once the process ended.
package final class PidFD: Sendable {
  /// The process id, for messages.
  package let pid: Int32
  private let descriptor: OwnedDescriptor

  /// Takes over a descriptor that clone3(2) made.
  package init(pid: Int32, descriptor: OwnedDescriptor) {
    self.pid = pid
    self.descriptor = descriptor
  }

  /// Opens a process that must not end and be waited for meanwhile: a child of ours, or ourselves.
  package convenience init(pid: Int32) throws(SyscallError) {
    let descriptor = try Syscall.check(linux_pidfd_open(pid), "pidfd_open", "\(pid)")
    self.init(pid: pid, descriptor: OwnedDescriptor(descriptor))
  }

  /// Opens a process by identity; `ESRCH` when it is gone, even if its pid is in use again.
  package convenience init(_ identity: ProcessIdentity) throws(SyscallError) {
    guard try identity.bootID == Clock.checkBootID() else {
      throw SyscallError("pidfd_open", path: "\(identity.pid)", errno: ESRCH)
    }
    try self.init(pid: identity.pid)
    // Checked after opening: had the pid been given away before, the start time would differ.
    guard try ProcessTable.check(identity.pid)?.startTime == identity.startTime else {
      throw SyscallError("pidfd_open", path: "\(identity.pid)", errno: ESRCH)
    }
  }

  /// Opens a process by identity; nil when it is gone. What else keeps it from being opened, such as
  /// a lack of descriptors, must not be taken for its end.
  package static func open(_ identity: ProcessIdentity) throws(SyscallError) -> PidFD? {
    do throws(SyscallError) { return try PidFD(identity) } catch {
      guard error.errno == ESRCH else { throw error }
      return nil
    }
  }

  /// The descriptor's number, for poll and epoll.
  package var raw: Int32 { descriptor.raw }

  /// Sends a signal; `ESRCH` once it was waited for. Source: pidfd_send_signal(2).
  package func signal(_ number: Int32) throws(SyscallError) {
    try Syscall.check(linux_pidfd_send_signal(raw, number), "pidfd_send_signal", "\(pid)")
  }

  /// Waits until the process ended; nil waits for ever.
  ///
  /// - Returns: false when the time passed.
  package func waitForEnd(timeoutMilliseconds: Int32? = nil) throws(SyscallError) -> Bool {
    var entries = [pollfd(fd: raw, events: Int16(POLLIN), revents: 0)]
    return try Descriptors.poll(&entries, timeoutMilliseconds: timeoutMilliseconds)
  }

  /// True once the process ended.
  package var hasEnded: Bool { (try? waitForEnd(timeoutMilliseconds: 0)) ?? true }

  /// Waits for the end of a child of ours and takes its status. Source: waitid(2), `P_PIDFD`.
  package func reap() throws(SyscallError) -> ExitStatus {
    var status: Int32 = 0
    try Syscall.retry("waitid", "\(pid)") { linux_wait_pidfd(raw, &status) }
    return ExitStatus(waitStatus: status)
  }

  /// How a process that is not our child ended, as far as the kernel tells.
  ///
  /// Kernel 6.15 tells through `PIDFD_GET_INFO` for as long as a descriptor is open; before, /proc
  /// tells until its parent waited for it. Nil while it runs and when nobody knows any more.
  package func exitStatus() -> ExitStatus? {
    var status: Int32 = 0
    if linux_pidfd_exit_status(raw, &status) == 1 { return ExitStatus(waitStatus: status) }
    guard let stat = ProcessTable.stat(pid), stat.hasEnded, hasEnded else { return nil }
    return stat.waitStatus.map { ExitStatus(waitStatus: $0) }
  }

  /// A copy of a descriptor that the process has open. Source: pidfd_getfd(2).
  package func copyDescriptor(_ number: Int32) throws(SyscallError) -> OwnedDescriptor {
    OwnedDescriptor(
      try Syscall.check(linux_pidfd_get_descriptor(raw, number), "pidfd_getfd", "\(pid)"))
  }
}
