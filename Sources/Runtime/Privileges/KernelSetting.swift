import Linux
import State

/// Settings of the kernel (`sysctls`). Source: sysctl(8), namespaces(7).
package enum KernelSetting {
  private static let ipcSettings: Set<String> = [
    "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall",
    "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
  ]

  /// Why a container cannot have this setting of its own; nil when it can.
  package static func refusal(_ name: String, namespaces: Namespaces) -> String? {
    let plain = name.replacing("/", with: ".")
    if plain.split(separator: ".", omittingEmptySubsequences: false).contains("") {
      return "sysctl \(name) is not the name of a kernel setting"
    }
    if plain.hasPrefix("net.") {
      return namespaces.network == .host
        ? "sysctl \(name) would change the host: the container uses the host's network" : nil
    }
    if ipcSettings.contains(plain) || plain.hasPrefix("fs.mqueue.") {
      return namespaces.ipc == .host
        ? "sysctl \(name) would change the host: the container uses the host's memory" : nil
    }
    if plain == "kernel.domainname" || plain == "kernel.hostname" {
      return "sysctl \(name): use hostname or domainname instead"
    }
    return "sysctl \(name) is one for the whole host: a container cannot have its own"
  }

  /// What to write so that a setting has `value` for a container. Ids are those of the user namespace
  /// that the writer is in, and that is the machine's. Source: `ping_group_range` in ip-sysctl.rst.
  package static func written(_ value: String, to name: String, ids: IDMap) -> String {
    guard file(name) == file(pingGroups) else { return value }
    let numbers = value.split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) }
    // What is not a row of groups, the kernel judges; the last before the first means nobody.
    guard numbers.count == 2, numbers[0] <= numbers[1] else { return value }
    guard let row = ids.hostIDs(numbers[0]...numbers[1]) else { return "1 0" }
    return "\(row.lowerBound) \(row.upperBound)"
  }

  /// The groups that may open ICMP sockets, and with them ping, without a capability.
  package static let pingGroups = "net.ipv4.ping_group_range"
  /// All groups, as far as the kernel knows any here.
  package static let allGroups = "0 2147483647"

  /// The file of a setting.
  package static func file(_ name: String) -> String {
    // A slash stands for a dot within a component, as in net/ipv4/conf/eth0.1/forwarding.
    name.contains("/")
      ? "/proc/sys/\(name)" : "/proc/sys/" + name.split(separator: ".").joined(separator: "/")
  }
}
