import Glibc
import Linux
import Model
import Runtime
import State

/// Finds or makes the file systems in memory that volumes are, while the machine's files can be seen.
/// Of others, of devices and servers, the kernel itself makes one; the shim has them made.
///
/// A running container that has the volume has it twice at the same place: beneath, as it is, and
/// above, with the owners and the access that the container sees. Another container gets a copy of what
/// lies beneath. So nothing is mounted on the machine, and the kernel lets go of the file system with
/// the last container, however that ends.
struct VolumeFilesystems {
  private let container: ContainerLayout
  private let kernel: any Kernel
  private var found: [String: MountTree]

  /// - Parameter made: those that the shim has made already, by the volume's directory.
  init(_ container: ContainerLayout, _ made: [String: MountTree], _ kernel: any Kernel) {
    self.container = container
    self.kernel = kernel
    found = made
  }

  /// The file system of a volume, which hangs nowhere yet. The shim holds the volume's lock.
  mutating func tree(_ volume: FilesystemMount) throws(LaunchFailure) -> MountTree {
    if let tree = found[volume.directory] { return tree }
    let tree: MountTree
    do throws(SyscallError) {
      if let other = try shared(volume) {
        tree = other
      } else {
        tree = try Self.make(volume.filesystem, kernel)
        try note(tree, volume)
      }
    } catch {
      throw Self.failure(volume, error)
    }
    found[volume.directory] = tree
    return tree
  }

  // MARK: The first

  /// Makes the file system that a volume is; it is mounted nowhere yet.
  static func make(
    _ system: VolumeFilesystem, _ kernel: any Kernel
  ) throws(SyscallError) -> MountTree {
    let words = MountOptions(system.options)
    var options = words.options
    // A device that is only to be read is not written to by the file system itself either.
    if words.attributes.contains(.readOnly), !system.isInMemory { options.append(("ro", nil)) }
    return try kernel.newTree(
      system.type, source: system.source, options: options, attributes: words.attributes)
  }

  private func note(_ tree: MountTree, _ volume: FilesystemMount) throws(SyscallError) {
    let device = try kernel.status(descriptor: tree.descriptor.raw).device
    let note = try kernel.open(
      volume.note, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600, at: AT_FDCWD)
    try kernel.write(note.raw, Array("\(device)\n".utf8), path: volume.note)
  }

  /// What is told of a volume that cannot be mounted.
  static func failure(_ volume: FilesystemMount, _ error: SyscallError) -> LaunchFailure {
    let system = volume.filesystem
    let name = Files.name(of: volume.directory)
    let reason =
      switch error.errno {
      case ENODEV: "this kernel knows no file systems of the type \(system.type)"
      case ENOENT where error.call.hasPrefix("fs"): "there is no device \(system.source)"
      case ENOTBLK: "\(system.source) is not a block device"
      case EINVAL where error.call.hasPrefix("fs"):
        "the kernel does not take these options, or \(system.source) is not a file system of that "
          + "type (\(error.path ?? system.type))"
      default: error.description
      }
    return LaunchFailure(
      stage: "mounts",
      message: "volume \(name) cannot be mounted on \(volume.target) (\(system.type) "
        + "\(system.source)): \(reason)", errno: error.errno, path: volume.target)
  }

  // MARK: The others

  /// The file system as a container has it that runs; nil when none does.
  private func shared(_ volume: FilesystemMount) throws(SyscallError) -> MountTree? {
    guard let note = try? kernel.read(volume.note, limit: 64),
      let device = UInt64(String(decoding: note, as: UTF8.self).prefix { $0 != "\n" })
    else { return nil }
    for name in try kernel.list(Files.parent(of: container.run)) {
      guard let id = ObjectID(name), container.sibling(id) != container,
        let holder = holder(container.sibling(id), of: volume)
      else { continue }
      if let tree = try copy(holder.mounts, holder.target, device: device) { return tree }
    }
    return nil
  }

  private func holder(
    _ other: ContainerLayout, of volume: FilesystemMount
  ) -> (mounts: OwnedDescriptor, target: String)? {
    guard let record = InitRecord.readIfUsable(other.initPID), record.process.isAlive,
      let spec = ContainerSpec.readIfUsable(other.spec)
    else { return nil }
    let target = spec.mounts.firstNonNil { mount in
      if case .filesystem(let same) = mount, same.directory == volume.directory {
        same.target
      } else {
        nil
      }
    }
    guard let target, let mounts = try? kernel.open("/proc/\(record.process.pid)/ns/mnt", O_RDONLY),
      record.process.isAlive
    else { return nil }
    return (mounts, target)
  }

  /// What lies beneath a container's mount, found in a copy of all its mounts from which the one above
  /// is taken away. Nil when it is not the file system that was noted.
  private func copy(
    _ mounts: OwnedDescriptor, _ target: String, device: UInt64
  ) throws(SyscallError) -> MountTree? {
    let own = try kernel.open("/proc/self/ns/mnt", O_RDONLY)
    try kernel.join(mounts.raw, .mount)
    let outcome: Result<MountTree?, SyscallError>
    do throws(SyscallError) {
      outcome = .success(try beneath(target, device: device))
    } catch {
      outcome = .failure(error)
    }
    try kernel.join(own.raw, .mount)
    return try outcome.get()
  }

  private func beneath(_ target: String, device: UInt64) throws(SyscallError) -> MountTree? {
    try kernel.unshare(.mount)
    try kernel.mount(
      nil, on: "/", type: nil, flags: Int(MS_REC) | Int(MS_PRIVATE), options: nil)
    let inside = try RootedDirectory(opening: "/", calls: kernel)
    let above = try inside.openDirectory(target)
    guard try kernel.status(descriptor: above.raw).device == device else { return nil }
    try kernel.changeDirectory(to: above, path: target)
    try kernel.unmount(".")
    try kernel.changeDirectory(to: inside.descriptor, path: "/")
    let beneath = try inside.openDirectory(target)
    guard try kernel.status(descriptor: beneath.raw).device == device else { return nil }
    return try kernel.copyTree(of: beneath, recursive: false, path: target)
  }
}

extension Sequence {
  /// The first result of a function that is one.
  fileprivate func firstNonNil<Result>(_ transform: (Element) -> Result?) -> Result? {
    for element in self {
      if let result = transform(element) { return result }
    }
    return nil
  }
}

/// Mounts volumes that are file systems: beneath for others to find, above for the container.
struct VolumeFilesystemMounts {
  let inside: RootedDirectory
  let mapping: IDMapping
  let kernel: any Kernel
  // A container may have one volume at several places.
  private var mounted: Set<String> = []

  init(inside: RootedDirectory, mapping: IDMapping, kernel: any Kernel) {
    self.inside = inside
    self.mapping = mapping
    self.kernel = kernel
  }

  mutating func make(
    _ volume: FilesystemMount, _ tree: MountTree, on place: OwnedDescriptor
  ) throws(SyscallError) {
    let beneath: MountTree
    if mounted.insert(volume.directory).inserted {
      beneath = tree
    } else {
      beneath = try kernel.copyTree(of: tree.descriptor, recursive: false, path: volume.target)
    }
    try kernel.attach(beneath, on: place, path: volume.target)
    let whole = RootedDirectory(beneath.descriptor, calls: kernel)
    let top = volume.subpath.isEmpty ? nil : try whole.open(volume.subpath, .beneath)
    let above = try kernel.copyTree(
      of: top ?? beneath.descriptor, recursive: false, path: volume.target)
    if volume.readOnly {
      try kernel.set(above, .readOnly, propagation: 0, recursive: false)
    }
    try mapping.show(above, volume)
    try kernel.attach(above, on: beneath.descriptor, path: volume.target)
  }
}
