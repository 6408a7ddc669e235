import Glibc
import Linux
import Model
import TestSupport

/// Finds what a sandbox has left on the machine.
enum Leaks {
  /// Everything that is left, one description each. Waits a little for what the kernel removes
  /// in its own time (a namespace's links).
  static func find(in sandbox: Sandbox) -> [String] {
    var found: [String] = []
    _ = Sandbox.eventually(seconds: 5) {
      found = look(sandbox)
      return found.isEmpty
    }
    return found
  }

  /// Removes the processes and mounts of a sandbox, after they were reported.
  static func remove(in sandbox: Sandbox) {
    for process in processes(of: sandbox) { kill(process.pid, SIGKILL) }
    for mount in ((try? MountTable.below(sandbox.directory)) ?? []).reversed() {
      umount2(mount.mountPoint, Int32(MNT_DETACH))
    }
  }

  private static func look(_ sandbox: Sandbox) -> [String] {
    var found = processes(of: sandbox).map { "process \($0.pid) \($0.command)" }
    found += ((try? MountTable.below(sandbox.directory)) ?? []).map { "mount \($0.mountPoint)" }
    found += links(sandbox)
    found += tables(sandbox)
    found += cgroups(sandbox)
    found += runFiles(sandbox)
    return found
  }

  private static func processes(of sandbox: Sandbox) -> [(pid: Int32, command: String)] {
    ((try? Files.list("/proc")) ?? []).compactMap { name in
      guard let pid = Int32(name), pid != getpid(),
        let bytes = try? Files.read("/proc/\(pid)/cmdline"), !bytes.isEmpty
      else { return nil }
      let command = String(decoding: bytes.map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
      return command.contains(sandbox.directory) ? (pid, command) : nil
    }
  }

  private static func links(_ sandbox: Sandbox) -> [String] {
    let result = try? Sandbox.execute(["ip", "-n", sandbox.host, "-o", "link"])
    return (result?.output ?? "").split(separator: "\n").compactMap { line in
      let name = line.split(separator: " ").dropFirst().first ?? ""
      return name.hasPrefix("lo:") || name.hasPrefix("uplink") ? nil : "link \(name)"
    }
  }

  private static func tables(_ sandbox: Sandbox) -> [String] {
    let result = try? sandbox.inside(["nft", "list", "tables"])
    return (result?.output ?? "").split(separator: "\n").map { "nft \($0)" }
  }

  private static func cgroups(_ sandbox: Sandbox) -> [String] {
    let ids = Set((try? Files.list("\(sandbox.root)/containers")) ?? [])
    let known = ids.union(sandbox.seenContainers)
    return ((try? Files.list("/sys/fs/cgroup")) ?? []).flatMap { controller -> [String] in
      let path = "/sys/fs/cgroup/\(controller)/roost"
      return ((try? Files.list(path)) ?? []).filter { name in
        known.contains { name.contains($0) }
      }.map { "cgroup \(path)/\($0)" }
    }
  }

  private static func runFiles(_ sandbox: Sandbox) -> [String] {
    ["containers", "projects"].flatMap { part -> [String] in
      let path = "\(sandbox.runRoot)/\(part)"
      return ((try? Files.list(path)) ?? []).map { "\(path)/\($0)" }
    }
  }
}
