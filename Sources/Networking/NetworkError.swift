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
      Diagnostic(.error, "cannot \(error)", hint: Self.hint(error))
    }
  }

  private static func hint(_ error: NetlinkError) -> String? {
    if error.errno == EOPNOTSUPP {
      // "create the ipvlan eth0"
      let words = error.purpose.split(separator: " ")
      return words.count > 3 && words[0] == "create" && words[2] != "nf_tables"
        ? "this kernel has no links of the kind \(words[2].lowercased())"
        : "this kernel lacks nf_tables"
    }
    if error.errno == EBUSY, error.purpose.contains("vlan ") {
      return "a link of the host is the parent of macvlan or of ipvlan networks, not of both, and "
        + "of none while it is a port of a bridge or a container has it for itself (passthru)"
    }
    return SyscallError.hint(error.errno)
  }
}
