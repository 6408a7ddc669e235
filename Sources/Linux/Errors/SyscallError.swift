import Glibc
import Model

/// A system call that failed: which one, why, and on which path.
///
/// Source: errno(3).
package struct SyscallError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The call, such as `mount` or `open`.
  package var call: String
  /// The error number, such as `ENOENT`.
  package var errno: Int32
  /// The path or name the call was about, if any.
  package var path: String?

  /// What had run out, if that was the reason.
  package private(set) var shortage: Shortage?

  /// Makes an error; without `errno` it is the calling thread's last one.
  package init(_ call: String, path: String? = nil, errno: Int32 = Glibc.errno) {
    self.call = call
    self.errno = errno
    self.path = path
    shortage = Shortage(call, errno: errno, path: path)
    // Where nothing is there to read or to take yet is no failure.
    if Trace.isOn, errno != EAGAIN { Trace.write(.syscall, "\(description) (\(errno))") }
  }

  /// The same failure, told about another path; what had run out stays as it was found.
  package func about(_ path: String?) -> SyscallError {
    var copy = self
    copy.path = path
    return copy
  }

  /// The reason alone, such as `No such file or directory`.
  package var reason: String { Self.reason(errno) }

  /// The reason of an error number in words.
  package static func reason(_ errno: Int32) -> String { String(cString: strerror(errno)) }

  /// Call, path and reason: `mount /x: Permission denied`.
  package var description: String {
    let place = path.map { " \($0)" } ?? ""
    return "\(call)\(place): \(reason)"
  }
}

/// Turns the results of C calls into typed errors.
package enum Syscall {
  /// Returns `result`, or throws when it is negative.
  @discardableResult
  package static func check<Result: SignedInteger>(
    _ result: Result, _ call: StaticString, _ path: String? = nil
  ) throws(SyscallError) -> Result {
    if result < 0 {
      let code = errno
      throw SyscallError(call.description, path: path, errno: code)
    }
    return result
  }

  /// Repeats `body` while a signal interrupts it; throws when it fails otherwise.
  @discardableResult
  package static func retry<Result: SignedInteger>(
    _ call: StaticString, _ path: String? = nil, _ body: () -> Result
  ) throws(SyscallError) -> Result {
    while true {
      let result = body()
      if result >= 0 { return result }
      let code = errno
      if code != EINTR { throw SyscallError(call.description, path: path, errno: code) }
    }
  }
}
