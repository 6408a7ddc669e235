import Glibc
import Linux
import Model
import Netlink
import State

/// Why something about networks failed.
package enum NetworkError: Error, Sendable, CustomStringConvertible {
  /// The user asked for what cannot be: a clash, an exhausted pool, a port in use.
  case refused(Diagnostic)
  /// A system call failed.
  case system(SyscallError)
  /// The record of a network cannot be used.
  case record(RecordError)
  /// The kernel refused a netlink request.
  case netlink(NetlinkError)

  /// Message and hint as one text.
  package var description: String { diagnostic.description }

  /// The message for the user.
  package var diagnostic: Diagnostic {
    switch self {
    case .refused(let diagnostic): diagnostic
    case .record(let error): Diagnostic(.error, error.description)
    case .system(let error): Diagnostic(.error, "\(error)", hint: error.hint)
    case .netlink(let error):
      Diagnostic(.error, "cannot \(error)", hint: Self.hint(error.errno))
    }
  }

  private static func hint(_ errno: Int32) -> String? {
    errno == EOPNOTSUPP
      ? "this kernel lacks bridges, veth pairs or nf_tables" : SyscallError.hint(errno)
  }
}
