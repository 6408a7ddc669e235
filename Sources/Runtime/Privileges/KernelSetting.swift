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

  /// The file of a setting.
  package static func file(_ name: String) -> String {
    // A slash stands for a dot within a component, as in net/ipv4/conf/eth0.1/forwarding.
    name.contains("/")
      ? "/proc/sys/\(name)" : "/proc/sys/" + name.split(separator: ".").joined(separator: "/")
  }
}
