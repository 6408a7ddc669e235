import Glibc

/// What had run out when a system call failed: which file system, or which limit, and how much of it
/// there is.
///
/// It is looked at when the call fails. Whoever cleans up before he reports has made room by then.
package struct Shortage: Sendable, Hashable, CustomStringConvertible {
  /// A sentence that names what is used up, and what helps.
  package let description: String

  /// Finds out what a call lacked; nil when it failed for another reason.
  init?(_ call: String, errno: Int32, path: String?) {
    let text: String? =
      switch errno {
      case ENOSPC: Self.kernelLimits[call] ?? Self.space(path, call)
      case EDQUOT: FilledFilesystem(path, call).quotaText
      case EROFS: FilledFilesystem(path, call).readOnlyText
      case EMFILE where call == "inotify_init" && OwnLimit.hasDescriptor: Self.instances
      case EMFILE: Self.descriptors
      case ENFILE: Self.machineDescriptors
      case EAGAIN where Self.births.contains(call): ProcessLimits.text
      case ENOMEM: MemoryLimits.text
      default: nil
      }
    guard let text else { return nil }
    description = text
  }

  private static func space(_ path: String?, _ call: String) -> String {
    let filled = FilledFilesystem(path, call)
    guard call == "mount", !filled.isShort else { return filled.text }
    return filled.mountText + "; or the limit of mounts is reached: raise fs.mount-max with sysctl"
  }

  /// What one of the places that roost writes to lacks now, if any: for a program whose own words
  /// nobody can know.
  package init?(now _: Void = ()) {
    guard let full = FilledFilesystem.full else { return nil }
    description = full.text
  }

  /// Calls that make a process or a thread.
  private static let births: Set<String> = ["clone", "fork", "vfork", "execve", WorkerThread.call]

  /// Calls that fail as if a disk were full, for limits of the kernel.
  /// Source: inotify_add_watch(2), epoll_ctl(2), user_namespaces(7).
  private static let kernelLimits: [String: String] = [
    "inotify_add_watch": sysctl("watches of directories", "fs.inotify.max_user_watches"),
    "epoll_ctl": sysctl("watches of descriptors", "fs.epoll.max_user_watches"),
    "clone": namespaces, "unshare": namespaces,
  ]

  private static let namespaces =
    "the limit of namespaces is reached: raise max_user_namespaces and its neighbours in "
    + "/proc/sys/user"

  private static let instances = sysctl("inotify instances", "fs.inotify.max_user_instances")

  private static func sysctl(_ what: String, _ name: String) -> String {
    "the limit of \(what) of a user is reached: raise \(name) with sysctl"
  }

  private static var descriptors: String {
    let number = OwnLimit.soft(RLIMIT_NOFILE).map { "\($0) " } ?? ""
    return "the limit of \(number)open files of a process is reached: raise it with `ulimit -n`"
  }

  private static let machineDescriptors =
    "the limit of open files of this machine is reached: end what holds them, or raise fs.file-max "
    + "with sysctl"
}

/// A limit that this process has. Source: getrlimit(2).
enum OwnLimit {
  /// True when this process may open a further file.
  static var hasDescriptor: Bool {
    let copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { return errno != EMFILE }
    close(copy)
    return true
  }

  /// The limit that counts; nil when there is none.
  static func soft(_ resource: __rlimit_resource) -> UInt64? {
    var limit = rlimit()
    let number = __rlimit_resource_t(resource.rawValue)
    guard getrlimit(number, &limit) == 0, limit.rlim_cur < UInt64(Int64.max) else { return nil }
    return UInt64(limit.rlim_cur)
  }
}
