import Linux

/// Why a netlink exchange failed.
package struct NetlinkError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was asked for, such as `create bridge rst-0a1b2c3d`.
  package var purpose: String
  /// The error number; `EPROTO` (71) when the reply could not be read.
  package var errno: Int32
  /// What the kernel says beside the number (extended acknowledgement); may be empty.
  package var detail: String

  /// Makes an error.
  package init(purpose: String, errno: Int32, detail: String = "") {
    self.purpose = purpose
    self.errno = errno
    self.detail = detail
  }

  /// Makes an error of a system call that failed on the way.
  package init(purpose: String, _ error: SyscallError) {
    self.init(purpose: purpose, errno: error.errno, detail: error.call)
  }

  /// A sentence for people.
  package var description: String {
    let text = "\(purpose): \(SyscallError.reason(errno))"
    return detail.isEmpty ? text : "\(text) (\(detail))"
  }
}
