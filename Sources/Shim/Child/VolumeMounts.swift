import Glibc
import Linux
import Runtime
import State

/// Mounts what the specification asks for.
struct VolumeMounts {
  let sources: MountSources
  let inside: RootedDirectory
  let mapping: IDMapping
  let kernel: any Kernel

  func make() throws(LaunchFailure) {
    var filesystems = VolumeFilesystemMounts(inside: inside, mapping: mapping, kernel: kernel)
    for mount in sources.mounts {
      if case .filesystem(let volume, let tree) = mount {
        let place = try filesystemPlace(volume.target)
        try refuseForbidden(place, volume.target)
        do throws(SyscallError) { try filesystems.make(volume, tree, on: place) } catch {
          throw Self.failure(volume.target, error)
        }
        continue
      }
      let place: OwnedDescriptor
      let tree: MountTree
      do throws(SyscallError) {
        tree = try self.tree(mount)
        place = try self.place(mount.target, for: tree)
      } catch {
        throw Self.failure(mount.target, error)
      }
      try refuseForbidden(place, mount.target)
      do throws(SyscallError) {
        try kernel.attach(tree, on: place, path: mount.target)
        if case .bind(_, let mounts, _, _) = mount { try putTogether(mounts, mount.target) }
      } catch {
        throw Self.failure(mount.target, error)
      }
    }
  }

  private func filesystemPlace(_ target: String) throws(LaunchFailure) -> OwnedDescriptor {
    do throws(SyscallError) { return try inside.makeDirectory(target) } catch {
      throw Self.failure(target, error)
    }
  }

  // By descriptor: another mount may lie over the place by now.
  private func putTogether(_ mounts: BoundMounts, _ target: String) throws(SyscallError) {
    let top = RootedDirectory(mounts.top.descriptor, calls: kernel)
    for (name, tree) in mounts.below {
      guard let place = try? top.open(name, .withoutLinks) else { continue }
      try kernel.attach(tree, on: place, path: "\(target)/\(name)")
    }
  }

  private static func failure(_ target: String, _ error: SyscallError) -> LaunchFailure {
    let reason =
      error.errno == ENOTDIR || error.errno == EISDIR
      ? "one of source and target is a directory, the other is not" : IDMapping.explain(error)
    return LaunchFailure(
      stage: "mounts", message: "mount on \(target): \(reason)", errno: error.errno, path: target,
      hint: error.shortage?.description)
  }

  /// Where to mount, made if missing. The kernel resolves the path within the container: a link
  /// leads to where the container's own programs would find it.
  private func place(
    _ target: String, for tree: MountTree
  ) throws(SyscallError) -> OwnedDescriptor {
    let isDirectory = try kernel.status(descriptor: tree.descriptor.raw).kind == .directory
    return try isDirectory ? inside.makeDirectory(target) : inside.makeFile(target)
  }

  /// Refuses what lies in /proc, and the root itself, however the path leads there.
  private func refuseForbidden(_ place: OwnedDescriptor, _ target: String) throws(LaunchFailure) {
    let isForbidden = try stage("mounts") { () throws(SyscallError) in
      if try kernel.fileSystem(descriptor: place.raw) == .processes {
        guard MountSources.isReplaceable(target) else { return true }
        // Only the file that the path names, no other that a link leads to.
        _ = try inside.open(target, .withoutLinks)
        return false
      }
      let root = try kernel.status(descriptor: inside.descriptor.raw)
      let found = try kernel.status(descriptor: place.raw)
      return (root.device, root.inode) == (found.device, found.inode)
    }
    if isForbidden { throw MountSources.refusal(target) }
  }

  private func tree(_ mount: MountSources.Prepared) throws(SyscallError) -> MountTree {
    switch mount {
    case .bind(_, let mounts, _, _): return mounts.top
    case .tmpfs(let tmpfs): return try tree(tmpfs)
    case .file(let file, let content): return try tree(file, content)
    case .filesystem(_, let tree):
      return tree
    case .image(let image):
      guard let tree = sources.images[image.target] else {
        throw SyscallError("mount", path: image.target, errno: ENOENT)
      }
      return tree
    }
  }

  // MARK: - Memory

  private func tree(_ tmpfs: TmpfsMount) throws(SyscallError) -> MountTree {
    let covered = try? inside.status(tmpfs.target)
    let words = MountOptions(
      tmpfs.options, attributes: [.noSetUser, .noDevices, .noPrograms])
    var options = words.options
    let mode = tmpfs.mode ?? covered.map { UInt32($0.mode) } ?? 0o1777
    options.append(("mode", String(mode, radix: 8)))
    if let size = tmpfs.size { options.append(("size", String(size))) }
    if let user = tmpfs.user { options.append(("uid", String(mapping.hostID(user)))) }
    if let group = tmpfs.group { options.append(("gid", String(mapping.hostID(group)))) }
    return try kernel.newTree("tmpfs", options: options, attributes: words.attributes)
  }

  private func tree(_ file: FileMount, _ content: [UInt8]) throws(SyscallError) -> MountTree {
    let memory = try kernel.newTree(
      "tmpfs", options: [("mode", "755")], attributes: [.noSetUser, .noDevices])
    let name = "content"
    let copy = try kernel.open(
      name, O_WRONLY | O_CREAT, mode: 0o600, at: memory.descriptor.raw)
    try kernel.write(copy.raw, content, path: file.target)
    try kernel.setOwner(
      descriptor: copy.raw, user: mapping.hostID(file.user), group: mapping.hostID(file.group),
      path: file.target)
    try kernel.setMode(descriptor: copy.raw, mode_t(file.mode), path: file.target)
    copy.close()
    // Kernels before 6.15 copy only what is mounted somewhere: for a moment it is, over our own /dev.
    let place = try inside.openDirectory("/dev", .withoutLinks)
    try kernel.attach(memory, on: place, path: "/dev")
    let tree = try kernel.copyTree(name, recursive: false, at: memory.descriptor.raw)
    try kernel.changeDirectory(to: memory.descriptor, path: "/dev")
    try kernel.unmount(".")
    try kernel.changeDirectory(to: inside.descriptor, path: "/")
    try kernel.set(tree, [.readOnly, .noPrograms], propagation: 0, recursive: false)
    return tree
  }
}
