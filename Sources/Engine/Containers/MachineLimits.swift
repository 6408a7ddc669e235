import Compose
import Glibc
import Linux
import Model
import Runtime

/// Refuses limits that this machine cannot honour, before anything is made.
enum MachineLimits {
  /// What services ask for and the machine does not have.
  static func problems(of services: [Service]) -> [Diagnostic] {
    let count = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let cgroups = CgroupManager.machine
    return services.flatMap {
      LimitChecks.problems(of: $0, processors: count, online: online(count))
        + LimitChecks.problems(of: $0, boundsRealtime: cgroups.boundsRealtime)
    }
  }

  /// The processors that are switched on.
  ///
  /// Source: Linux, Documentation/admin-guide/cputopology.rst.
  private static func online(_ count: Int) -> Set<Int> {
    let list = (try? Files.read("/sys/devices/system/cpu/online"))
      .map { String(decoding: $0, as: UTF8.self).prefix { !$0.isNewline } }
    return list.flatMap { LimitChecks.cpuset(String($0)) } ?? Set(0..<count)
  }
}
