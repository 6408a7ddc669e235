import Glibc
import Linux
import Model
import Runtime
import State

/// Makes /proc, /sys and /dev of a container.
struct SystemMounts {
  let spec: ContainerSpec
  let sources: MountSources
  let kernel: any Kernel

  private static let harmless = Int(MS_NOSUID) | Int(MS_NODEV) | Int(MS_NOEXEC)

  func make() throws(LaunchFailure) {
    try stage("mounts") { () throws(SyscallError) in
      try mountProc()
      if !isReplaced("/sys") { try mountSys() }
      if !isReplaced("/dev") {
        try mountDev()
        try makeLinks()
      }
    }
    for device in sources.devices { try device.make(kernel) }
  }

  private func isReplaced(_ path: String) -> Bool {
    sources.mounts.contains { $0.target == path }
  }

  private func directory(_ path: String) throws(SyscallError) {
    if (try? kernel.makeDirectory(path)) != nil { return }
    // A link in an image could send the mount to somewhere else.
    guard try kernel.status(path, followLinks: false).kind == .directory else {
      throw SyscallError("mount", path: path, errno: ENOTDIR)
    }
  }

  private func mountProc() throws(SyscallError) {
    try directory("/proc")
    try kernel.mount("proc", on: "/proc", type: "proc", flags: Self.harmless, options: nil)
  }

  private func mountSys() throws(SyscallError) {
    try directory("/sys")
    let access = spec.privileged ? 0 : Int(MS_RDONLY)
    try kernel.mount(
      "sysfs", on: "/sys", type: "sysfs", flags: Self.harmless | access, options: nil)
    var attributes: MountTree.Attributes = [.noSetUser, .noDevices, .noPrograms]
    if !spec.privileged { attributes.insert(.readOnly) }
    guard let first = sources.cgroups.first, kernel.exists("/sys/fs/cgroup") else { return }
    if first.view.name.isEmpty {
      try kernel.set(
        first.tree, attributes, propagation: UInt64(MS_PRIVATE), recursive: false)
      try kernel.attach(first.tree, at: "/sys/fs/cgroup")
      return
    }
    let options = "mode=755,size=64k"
    try kernel.mount(
      "tmpfs", on: "/sys/fs/cgroup", type: "tmpfs", flags: Self.harmless, options: options)
    for (view, tree) in sources.cgroups {
      let path = "/sys/fs/cgroup/\(view.name)"
      try kernel.makeDirectory(path)
      try kernel.set(tree, attributes, propagation: UInt64(MS_PRIVATE), recursive: false)
      try kernel.attach(tree, at: path)
      for alias in view.aliases { try kernel.link("/sys/fs/cgroup/\(alias)", to: view.name) }
    }
    try kernel.mount(
      "tmpfs", on: "/sys/fs/cgroup", type: "tmpfs",
      flags: Self.harmless | Int(MS_REMOUNT) | Int(MS_RDONLY), options: options)
  }

  private func mountDev() throws(SyscallError) {
    try directory("/dev")
    try kernel.mount(
      "tmpfs", on: "/dev", type: "tmpfs", flags: Int(MS_NOSUID) | Int(MS_STRICTATIME),
      options: "mode=755,size=65536k")
    for path in ["/dev/pts", "/dev/shm", "/dev/mqueue"] { try kernel.makeDirectory(path) }
    let noPrograms = Int(MS_NOSUID) | Int(MS_NOEXEC)
    try kernel.mount(
      "devpts", on: "/dev/pts", type: "devpts", flags: noPrograms,
      options: "newinstance,ptmxmode=0666,mode=0620,gid=5")
    if let shared = sources.sharedMemory {
      try kernel.attach(shared, at: "/dev/shm")
    } else {
      try kernel.mount(
        "shm", on: "/dev/shm", type: "tmpfs", flags: Self.harmless,
        options: "mode=1777,size=\(spec.shmSize)")
    }
    try kernel.mount(
      "mqueue", on: "/dev/mqueue", type: "mqueue", flags: Self.harmless, options: nil)
  }

  private func makeLinks() throws(SyscallError) {
    for (name, target) in [
      ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
      ("stderr", "/proc/self/fd/2"), ("core", "/proc/kcore"), ("ptmx", "pts/ptmx"),
    ] {
      try kernel.link("/dev/\(name)", to: target)
    }
  }
}
