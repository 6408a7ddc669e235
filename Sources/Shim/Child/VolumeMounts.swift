import Glibc
import Linux
import Runtime
import State

/// Mounts what the specification asks for.
struct VolumeMounts {
  let sources: MountSources
  let kernel: any Kernel

  func make() throws(LaunchFailure) {
    for mount in sources.mounts {
      do throws(SyscallError) {
        try make(mount)
      } catch {
        throw LaunchFailure(
          stage: "mounts", message: "mount on \(mount.target): \(Self.explain(error))",
          errno: error.errno, path: mount.target)
      }
    }
  }

  private static func explain(_ error: SyscallError) -> String {
    error.errno == ENOTDIR
      ? "one of source and target is a directory, the other is not" : error.description
  }

  private func make(_ mount: MountSources.Prepared) throws(SyscallError) {
    switch mount {
    case .bind(let bind, let tree, let isDirectory, let parent):
      try makeTarget(bind.target, isDirectory: isDirectory)
      if let parent, isDirectory {
        try VolumeFilling(volume: tree.descriptor, parent: parent, content: bind.target).run()
      }
      try kernel.attach(tree, at: bind.target)
    case .tmpfs(let tmpfs): try make(tmpfs)
    case .file(let file, let content): try make(file, content)
    case .image(let image):
      guard let tree = sources.images[image.target] else { return }
      let status = try kernel.status(descriptor: tree.descriptor.raw)
      try makeTarget(image.target, isDirectory: status.kind == .directory)
      try kernel.attach(tree, at: image.target)
    }
  }

  private func makeTarget(_ path: String, isDirectory: Bool) throws(SyscallError) {
    if isDirectory { return try ContainerPaths(kernel: kernel).makeDirectories(path) }
    try ContainerPaths(kernel: kernel).makeDirectories(Files.parent(of: path))
    do throws(SyscallError) {
      _ = try kernel.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NONBLOCK)
    } catch {
      guard error.errno == EEXIST else { throw error }
    }
  }

  // MARK: - Memory

  private static let flags: [String: (set: Int, clear: Int)] = [
    "ro": (Int(MS_RDONLY), 0), "rw": (0, Int(MS_RDONLY)), "suid": (0, Int(MS_NOSUID)),
    "nosuid": (Int(MS_NOSUID), 0), "dev": (0, Int(MS_NODEV)), "nodev": (Int(MS_NODEV), 0),
    "exec": (0, Int(MS_NOEXEC)), "noexec": (Int(MS_NOEXEC), 0), "sync": (Int(MS_SYNCHRONOUS), 0),
    "noatime": (Int(MS_NOATIME), 0), "relatime": (Int(MS_RELATIME), 0),
  ]

  private func make(_ tmpfs: TmpfsMount) throws(SyscallError) {
    let covered = try? kernel.status(tmpfs.target)
    try ContainerPaths(kernel: kernel).makeDirectories(tmpfs.target)
    var flags = Int(MS_NOSUID) | Int(MS_NODEV) | Int(MS_NOEXEC)
    var options: [String] = []
    for option in tmpfs.options {
      if let change = Self.flags[option] {
        flags = flags & ~change.clear | change.set
      } else {
        options.append(option)
      }
    }
    let mode = tmpfs.mode ?? covered.map { UInt32($0.mode) } ?? 0o1777
    options.append("mode=\(String(mode, radix: 8))")
    if let size = tmpfs.size { options.append("size=\(size)") }
    if let user = tmpfs.user { options.append("uid=\(user)") }
    if let group = tmpfs.group { options.append("gid=\(group)") }
    try kernel.mount(
      "tmpfs", on: tmpfs.target, type: "tmpfs", flags: flags,
      options: options.joined(separator: ","))
  }

  private func make(_ file: FileMount, _ content: [UInt8]) throws(SyscallError) {
    let memory = try kernel.newTree(
      "tmpfs", options: [("mode", "755")], attributes: [.noSetUser, .noDevices])
    let name = "content"
    let copy = try kernel.open(
      name, O_WRONLY | O_CREAT, mode: 0o600, at: memory.descriptor.raw)
    try kernel.write(copy.raw, content, path: file.target)
    try kernel.setOwner(
      descriptor: copy.raw, user: file.user, group: file.group, path: file.target)
    try kernel.setMode(descriptor: copy.raw, mode_t(file.mode), path: file.target)
    copy.close()
    try makeTarget(file.target, isDirectory: false)
    let tree = try kernel.copyTree(name, recursive: false, at: memory.descriptor.raw)
    try kernel.set(tree, [.readOnly, .noPrograms], propagation: 0, recursive: false)
    try kernel.attach(tree, at: file.target)
  }
}
