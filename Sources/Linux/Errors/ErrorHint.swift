import Glibc

extension SyscallError {
  /// What helps against the failure, where that is known.
  package var hint: String? { shortage?.description ?? Self.rights(errno) }

  /// What helps against a failure with an error number, where that is known.
  package static func hint(_ errno: Int32) -> String? {
    Shortage("", errno: errno, path: nil)?.description ?? rights(errno)
  }

  /// Call, path and reason, and what is used up if something is: for those who get no hint.
  package var explanation: String { description + (shortage.map { " (\($0))" } ?? "") }

  private static func rights(_ errno: Int32) -> String? {
    switch errno {
    case EPERM, EACCES:
      "roost needs root, and a file system that lets it write: try again with sudo"
    case EUSERS:
      "every container has a range of user ids to itself, and all are taken: remove containers that "
        + "are not needed, for example with `roost container prune`"
    default: nil
    }
  }
}
