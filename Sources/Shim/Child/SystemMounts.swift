import Glibc
import Linux
import Model
import Runtime
import State

/// Makes /proc, /sys and /dev of a container.
struct SystemMounts {
  let spec: ContainerSpec
  let sources: MountSources

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
    for device in sources.devices { try device.make() }
  }

  private func isReplaced(_ path: String) -> Bool {
    sources.mounts.contains { $0.target == path }
  }

  private func directory(_ path: String) throws(SyscallError) {
    if mkdir(path, 0o755) == 0 { return }
    // A link in an image could send the mount to somewhere else.
    guard try Files.status(path, followLinks: false).kind == .directory else {
      throw SyscallError("mount", path: path, errno: ENOTDIR)
    }
  }

  private func mountProc() throws(SyscallError) {
    try directory("/proc")
    try Mounts.mount("proc", on: "/proc", type: "proc", flags: Self.harmless)
  }

  private func mountSys() throws(SyscallError) {
    try directory("/sys")
    let access = spec.privileged ? 0 : Int(MS_RDONLY)
    try Mounts.mount("sysfs", on: "/sys", type: "sysfs", flags: Self.harmless | access)
    var attributes: MountTree.Attributes = [.noSetUser, .noDevices, .noPrograms]
    if !spec.privileged { attributes.insert(.readOnly) }
    guard let first = sources.cgroups.first, Files.exists("/sys/fs/cgroup") else { return }
    if first.view.name.isEmpty {
      try first.tree.set(attributes, propagation: UInt64(MS_PRIVATE))
      try first.tree.attach(at: "/sys/fs/cgroup")
      return
    }
    let options = "mode=755,size=64k"
    try Mounts.mount(
      "tmpfs", on: "/sys/fs/cgroup", type: "tmpfs", flags: Self.harmless, options: options)
    for (view, tree) in sources.cgroups {
      let path = "/sys/fs/cgroup/\(view.name)"
      try Files.makeDirectory(path)
      try tree.set(attributes, propagation: UInt64(MS_PRIVATE))
      try tree.attach(at: path)
      for alias in view.aliases { try Files.link("/sys/fs/cgroup/\(alias)", to: view.name) }
    }
    try Mounts.mount(
      "tmpfs", on: "/sys/fs/cgroup", type: "tmpfs",
      flags: Self.harmless | Int(MS_REMOUNT) | Int(MS_RDONLY), options: options)
  }

  private func mountDev() throws(SyscallError) {
    try directory("/dev")
    try Mounts.mount(
      "tmpfs", on: "/dev", type: "tmpfs", flags: Int(MS_NOSUID) | Int(MS_STRICTATIME),
      options: "mode=755,size=65536k")
    for path in ["/dev/pts", "/dev/shm", "/dev/mqueue"] { try Files.makeDirectory(path) }
    let noPrograms = Int(MS_NOSUID) | Int(MS_NOEXEC)
    try Mounts.mount(
      "devpts", on: "/dev/pts", type: "devpts", flags: noPrograms,
      options: "newinstance,ptmxmode=0666,mode=0620,gid=5")
    if let shared = sources.sharedMemory {
      try shared.attach(at: "/dev/shm")
    } else {
      try Mounts.mount(
        "shm", on: "/dev/shm", type: "tmpfs", flags: Self.harmless,
        options: "mode=1777,size=\(spec.shmSize)")
    }
    try Mounts.mount("mqueue", on: "/dev/mqueue", type: "mqueue", flags: Self.harmless)
  }

  private func makeLinks() throws(SyscallError) {
    for (name, target) in [
      ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
      ("stderr", "/proc/self/fd/2"), ("core", "/proc/kcore"), ("ptmx", "pts/ptmx"),
    ] {
      try Files.link("/dev/\(name)", to: target)
    }
  }
}
