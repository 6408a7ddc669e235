import Glibc
import Linux
import Runtime
import State

/// A device node to make in a container.
struct DeviceNode {
  let path: String
  let kind: FileStatus.Kind
  let major: UInt32
  let minor: UInt32
  let mode: mode_t
  var user: uid_t = 0
  var group: gid_t = 0

  /// The devices of every container, by their numbers in the kernel's admin-guide/devices.
  private static let standard = [
    ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9),
    ("tty", 5, 0),
  ].map { name, major, minor in
    DeviceNode(
      path: "/dev/\(name)", kind: .characterDevice, major: UInt32(major), minor: UInt32(minor),
      mode: 0o666)
  }

  // What a container has of its own, or what leads to the machine's terminals.
  private static let own: Set<String> = [
    "console", "core", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr",
    "stdin", "stdout", "tty", "urandom", "zero",
  ]

  /// The nodes of a container: the standard ones, those it was given, or all of the machine.
  static func all(
    _ spec: ContainerSpec, _ kernel: any Kernel
  ) throws(LaunchFailure) -> [DeviceNode] {
    var result = standard
    if spec.privileged {
      for name in (try? kernel.list("/dev")) ?? [] where !own.contains(name) {
        try? collect("/dev/\(name)", as: "/dev/\(name)", kernel, into: &result)
      }
    }
    for device in spec.devices {
      do throws(SyscallError) {
        try collect(device.hostPath, as: device.containerPath, kernel, into: &result)
      } catch {
        let reason = error.errno == ENOENT ? "does not exist on this host" : error.reason
        throw LaunchFailure(
          stage: "devices", message: "device \(device.hostPath) \(reason)", errno: error.errno,
          path: device.hostPath)
      }
    }
    return result
  }

  /// A directory stands for the devices in it.
  private static func collect(
    _ source: String, as target: String, _ kernel: any Kernel, into result: inout [DeviceNode]
  ) throws(SyscallError) {
    let status = try kernel.status(source)
    switch status.kind {
    case .characterDevice, .blockDevice:
      result.append(
        DeviceNode(
          path: target, kind: status.kind, major: status.major, minor: status.minor,
          mode: status.mode, user: status.user, group: status.group))
    case .directory:
      for name in try kernel.list(source) {
        // Links in such directories lead to other entries of it.
        let inner = try kernel.status("\(source)/\(name)", followLinks: false).kind
        guard inner != .symbolicLink else { continue }
        try? collect("\(source)/\(name)", as: "\(target)/\(name)", kernel, into: &result)
      }
    case .regular, .symbolicLink, .pipe, .socket:
      throw SyscallError("mknod", path: source, errno: ENODEV)
    }
  }

  /// Makes the node in the container.
  func make(_ inside: RootedDirectory) throws(LaunchFailure) {
    try stage("devices") { () throws(SyscallError) in
      let device = DeviceNumber(isBlock: kind == .blockDevice, major, minor)
      try inside.makeDevice(path, device, mode: mode, user: user, group: group)
    }
  }
}
