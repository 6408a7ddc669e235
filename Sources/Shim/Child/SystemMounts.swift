import Glibc
import Linux
import Model
import Runtime
import State

/// Makes /proc, /sys and /dev of a container.
struct SystemMounts {
  let spec: ContainerSpec
  let sources: MountSources
  let inside: RootedDirectory
  let mapping: IDMapping
  let kernel: any Kernel

  private static let harmless: MountTree.Attributes = [.noSetUser, .noDevices, .noPrograms]

  func make() throws(LaunchFailure) {
    try stage("mounts") { () throws(SyscallError) in
      try mountProc()
      if !isReplaced("/dev") {
        try mountDev()
        try makeLinks()
      }
      if !isReplaced("/sys") { try mountSys() }
    }
    for device in sources.devices { try device.make(inside) }
  }

  private func isReplaced(_ path: String) -> Bool {
    sources.mounts.contains { $0.target == path }
  }

  /// A directory for a file system of the kernel, made if missing.
  private func directory(_ path: String) throws(SyscallError) -> OwnedDescriptor {
    do throws(SyscallError) {
      return try inside.makeDirectory(path, .withoutLinks)
    } catch {
      // A link in an image could send the mount to somewhere else.
      guard error.errno == ELOOP else { throw error }
      throw SyscallError("mount", path: path, errno: ENOTDIR)
    }
  }

  private func mount(
    _ type: String, on path: String, source: String? = nil,
    options: [(name: String, value: String?)] = [], _ attributes: MountTree.Attributes,
    isOfKernel: Bool = false
  ) throws(SyscallError) {
    let place = try directory(path)
    let tree: MountTree
    do throws(SyscallError) {
      tree = try kernel.newTree(
        type, source: source ?? type, options: options, attributes: attributes)
    } catch {
      throw SyscallError("mount", path: path, errno: error.errno)
    }
    // What the kernel keeps for more than us begins as the machine's.
    if isOfKernel { try mapping.giveToRoot(tree) }
    try kernel.attach(tree, on: place, path: path)
  }

  private func mountProc() throws(SyscallError) {
    try mount("proc", on: "/proc", Self.harmless)
  }

  private func mountSys() throws(SyscallError) {
    var attributes = Self.harmless
    if !spec.privileged { attributes.insert(.readOnly) }
    try mount(
      "sysfs", on: "/sys", options: spec.privileged ? [] : [("ro", nil)], attributes)
    let path = "/sys/fs/cgroup"
    guard let first = sources.cgroups.first, inside.exists(path, .withoutLinks) else { return }
    if first.view.name.isEmpty {
      try kernel.set(
        first.tree, attributes, propagation: UInt64(MS_PRIVATE), recursive: false)
      try kernel.attach(first.tree, on: directory(path), path: path)
      return
    }
    try mount(
      "tmpfs", on: path, options: [("mode", "755"), ("size", "64k")], Self.harmless)
    for (view, tree) in sources.cgroups {
      let place = try directory("\(path)/\(view.name)")
      try kernel.set(tree, attributes, propagation: UInt64(MS_PRIVATE), recursive: false)
      try kernel.attach(tree, on: place, path: "\(path)/\(view.name)")
      for alias in view.aliases { try inside.makeLink("\(path)/\(alias)", to: view.name) }
    }
    try kernel.set(
      MountTree(directory(path)), .readOnly, propagation: 0, recursive: false)
  }

  private func mountDev() throws(SyscallError) {
    try mount(
      "tmpfs", on: "/dev", options: [("mode", "755"), ("size", "65536k")],
      [.noSetUser, .accessTime])
    let group = mapping.hostID(ContainerTerminal.group)
    try mount(
      "devpts", on: "/dev/pts",
      options: [
        ("newinstance", nil), ("ptmxmode", "0666"), ("mode", "0620"), ("gid", String(group)),
      ], [.noSetUser, .noPrograms], isOfKernel: true)
    if let shared = sources.sharedMemory {
      try kernel.attach(shared, on: directory("/dev/shm"), path: "/dev/shm")
    } else {
      try mount(
        "tmpfs", on: "/dev/shm", source: "shm",
        options: [("mode", "1777"), ("size", "\(spec.shmSize)")], Self.harmless)
    }
    try mount("mqueue", on: "/dev/mqueue", Self.harmless, isOfKernel: true)
  }

  private func makeLinks() throws(SyscallError) {
    for (name, target) in [
      ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
      ("stderr", "/proc/self/fd/2"), ("core", "/proc/kcore"), ("ptmx", "pts/ptmx"),
    ] {
      try inside.makeLink("/dev/\(name)", to: target)
    }
  }
}
