import Linux
import Runtime
import State

/// Sets the kernel settings of a container.
struct Sysctls {
  let kernel: any Kernel

  func apply(_ spec: ContainerSpec) throws(LaunchFailure) {
    if spec.namespaces.network == .private { applyNetworkDefaults() }
    for setting in spec.sysctls {
      if let reason = KernelSetting.refusal(setting.name, namespaces: spec.namespaces) {
        throw LaunchFailure(stage: "sysctls", message: reason, path: setting.name)
      }
      let file = KernelSetting.file(setting.name)
      do throws(SyscallError) {
        try kernel.overwrite(file, setting.value)
      } catch {
        throw LaunchFailure(
          stage: "sysctls", message: "sysctl \(setting.name)=\(setting.value): \(error.reason)",
          errno: error.errno, path: file)
      }
    }
  }

  // As Docker: low ports and ping need no capability. A pinned network has them set already.
  private func applyNetworkDefaults() {
    try? kernel.overwrite("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0")
    try? kernel.overwrite("/proc/sys/net/ipv4/ping_group_range", "0 2147483647")
  }
}
