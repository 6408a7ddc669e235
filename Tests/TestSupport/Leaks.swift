import Glibc
import Linux
import Model
import State

/// Finds what a sandbox has left on the machine.
enum Leaks {
  /// Everything that is left at this moment, one description each.
  static func find(in sandbox: Sandbox) -> [String] {
    processes(of: sandbox).map { "process \($0.pid) \($0.command)" }
      + mounts(of: sandbox).map { "mount \($0)" } + cgroups(of: sandbox) + runFiles(of: sandbox)
      + reservations(of: sandbox).map { "reservation \($0)" }
  }

  /// Removes the processes and mounts of a sandbox, after they were reported.
  static func remove(in sandbox: Sandbox) {
    for process in processes(of: sandbox) { kill(process.pid, SIGKILL) }
    for mount in mounts(of: sandbox).reversed() { umount2(mount, Int32(MNT_DETACH)) }
    for link in reservations(of: sandbox) { unlink(link) }
  }

  /// The links that reserve user ids for containers of the sandbox.
  private static func reservations(of sandbox: Sandbox) -> [String] {
    let directory = Layout.idReservations
    return ((try? Files.listIfPresent(directory)) ?? []).map { "\(directory)/\($0)" }.filter {
      (try? Files.readLink($0))?.hasPrefix(sandbox.directory + "/") ?? false
    }
  }

  private static func processes(of sandbox: Sandbox) -> [(pid: Int32, command: String)] {
    ProcessTable.all().filter { $0 != getpid() }.compactMap { pid in
      let command = ProcessTable.arguments(pid).joined(separator: " ")
      return command.contains(sandbox.directory) ? (pid, command) : nil
    }
  }

  /// The mounts below the directory, in the order they were made, less the sandbox's own.
  /// Source: proc_pid_mountinfo(5).
  private static func mounts(of sandbox: Sandbox) -> [String] {
    let table = (try? Files.readText("/proc/self/mountinfo")) ?? ""
    return table.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 4, fields[4].hasPrefix(sandbox.directory + "/") else { return nil }
      return String(fields[4])
    }.filter { !sandbox.heldNamespaces.contains($0) }
  }

  private static func cgroups(of sandbox: Sandbox) -> [String] {
    ((try? Files.list("/sys/fs/cgroup")) ?? []).flatMap { controller -> [String] in
      let path = "/sys/fs/cgroup/\(controller)/roost"
      return ((try? Files.list(path)) ?? []).filter { name in
        sandbox.seenContainers.contains { name.contains($0) }
      }.map { "cgroup \(path)/\($0)" }
    }
  }

  private static func runFiles(of sandbox: Sandbox) -> [String] {
    ["containers", "projects"].flatMap { part -> [String] in
      let path = "\(sandbox.layout.runRoot)/\(part)"
      return ((try? Files.list(path)) ?? []).map { "\(path)/\($0)" }
    }
  }
}
