import Glibc
import Linux
import Runtime
import State

/// Sets the kernel settings of a container.
struct Sysctls {
  let inside: RootedDirectory
  /// Which ids of the machine those in a value stand for.
  let ids: IDMap
  let kernel: any Kernel

  func apply(_ spec: ContainerSpec) throws(LaunchFailure) {
    if spec.namespaces.network == .private { applyNetworkDefaults() }
    for setting in spec.sysctls {
      if let reason = KernelSetting.refusal(setting.name, namespaces: spec.namespaces) {
        throw LaunchFailure(stage: "sysctls", message: reason, path: setting.name)
      }
      let file = KernelSetting.file(setting.name)
      do throws(SyscallError) {
        try write(KernelSetting.written(setting.value, to: setting.name, ids: ids), to: file)
      } catch {
        throw LaunchFailure(
          stage: "sysctls",
          message: "sysctl \(setting.name)=\(setting.value): \(error.reason)\(hint(error, spec))",
          errno: error.errno, path: file)
      }
    }
  }

  // The kernel gives a network that belongs to a user namespace fewer settings.
  private func hint(_ error: SyscallError, _ spec: ContainerSpec) -> String {
    error.errno == ENOENT && spec.namespaces.user != .host
      ? " (if the host has it, `userns_mode: host` gives it to the container)" : ""
  }

  // As Docker: low ports and ping need no capability. A pinned network has them set already.
  private func applyNetworkDefaults() {
    try? write("0", to: "/proc/sys/net/ipv4/ip_unprivileged_port_start")
    let groups = KernelSetting.written(
      KernelSetting.allGroups, to: KernelSetting.pingGroups, ids: ids)
    try? write(groups, to: KernelSetting.file(KernelSetting.pingGroups))
  }

  // To a setting of the kernel, and to nothing that was put in its place.
  private func write(_ text: String, to path: String) throws(SyscallError) {
    let file = try inside.open(path, O_WRONLY, .withoutLinks)
    guard try kernel.fileSystem(descriptor: file.raw) == .processes else {
      throw SyscallError("write", path: path, errno: ENODEV)
    }
    try kernel.write(file.raw, Array(text.utf8), path: path)
  }
}
