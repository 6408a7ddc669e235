import Glibc

extension SyscallError {
  /// What helps against the failure, where that is known.
  package var hint: String? { Self.hint(errno) }

  /// What helps against a failure with an error number, where that is known.
  package static func hint(_ errno: Int32) -> String? {
    switch errno {
    case EPERM, EACCES:
      "roost needs root, and a file system that lets it write: try again with sudo"
    case ENOSPC, EDQUOT:
      "the disk is full: make room, for example with `roost image prune`, or choose another place "
        + "with --root"
    case EROFS: "the file system is read-only: choose another place with --root"
    case EMFILE, ENFILE: "too many files are open: raise the limit with `ulimit -n`"
    case EUSERS:
      "every container has a range of user ids to itself, and all are taken: remove containers that "
        + "are not needed, for example with `roost container prune`"
    default: nil
    }
  }
}
