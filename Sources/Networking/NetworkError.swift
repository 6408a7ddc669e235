import Linux
import Model
import Netlink

/// Why something about networks failed.
package enum NetworkError: Error, Sendable {
  /// The user asked for what cannot be: a clash, an exhausted pool, a port in use.
  case refused(Diagnostic)
  /// A system call failed.
  case system(SyscallError)
  /// The kernel refused a netlink request.
  case netlink(NetlinkError)

  /// The message for the user.
  package var diagnostic: Diagnostic {
    switch self {
    case .refused(let diagnostic): diagnostic
    case .system(let error): Diagnostic(.error, "\(error)", hint: Self.hint(error.errno))
    case .netlink(let error):
      Diagnostic(.error, "cannot \(error)", hint: Self.hint(error.errno))
    }
  }

  private static func hint(_ errno: Int32) -> String? {
    switch errno {
    case 1, 13: "networks need root: run with sudo"
    case 28: "the disk is full: make room and run the command again"
    case 95: "this kernel lacks bridges, veth pairs or nf_tables"
    default: nil
    }
  }
}
