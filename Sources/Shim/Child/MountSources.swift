import Glibc
import Linux
import Model
import Runtime
import State

/// What is mounted into a container, held while the machine's files can be seen.
final class MountSources {
  /// A mount with what it is made of.
  enum Prepared {
    case bind(BindMount, BoundMounts, isDirectory: Bool, parent: OwnedDescriptor?)
    case tmpfs(TmpfsMount)
    case file(FileMount, content: [UInt8])
    case image(ImageMount)
    case filesystem(FilesystemMount, MountTree)

    var target: String {
      switch self {
      case .bind(let mount, _, _, _): mount.target
      case .tmpfs(let mount): mount.target
      case .file(let mount, _): mount.target
      case .image(let mount): mount.target
      case .filesystem(let mount, _): mount.target
      }
    }
  }

  /// The mounts, outer targets first.
  let mounts: [Prepared]
  /// The images' files by their mount's target; filled once mounts stay among ourselves.
  var images: [String: MountTree] = [:]
  /// The device nodes to make.
  let devices: [DeviceNode]
  /// The cgroup as the container sees it: each directory with its name and further names.
  private(set) var cgroups: [(view: CgroupManager.View, tree: MountTree)] = []
  /// The memory file system of another container or of the machine, for /dev/shm.
  let sharedMemory: MountTree?

  init(
    _ spec: ContainerSpec, _ container: ContainerLayout, _ owners: NamespaceOwners,
    _ manager: CgroupManager?, _ mapping: IDMapping, _ kernel: any Kernel,
    volumes: [String: MountTree] = [:]
  ) throws(LaunchFailure) {
    sharedMemory = try Self.sharedMemory(spec, owners, kernel)
    var prepared: [Prepared] = []
    var filesystems = VolumeFilesystems(container, volumes, kernel)
    for mount in spec.mounts {
      guard Self.isAllowed(mount.target) else {
        throw Self.refusal(mount.target)
      }
      if case .filesystem(let volume) = mount {
        prepared.append(.filesystem(volume, try filesystems.tree(volume)))
        continue
      }
      try mapping.check(mount.owners, of: "mount on \(mount.target)")
      var source = try Self.prepare(mount, kernel)
      if case .bind(let bind, let mounts, let isDirectory, let parent) = source {
        let shown = try stage("mounts") { () throws(SyscallError) in
          try mapping.show(mounts.top, bind.beforeFilling, container)
        }
        source = .bind(bind, shown, isDirectory: isDirectory, parent: parent)
      }
      prepared.append(source)
    }
    mounts = prepared.enumerated().sorted { one, other in
      let depths = (Self.depth(one.element.target), Self.depth(other.element.target))
      return depths.0 != depths.1 ? depths.0 < depths.1 : one.offset < other.offset
    }.map(\.element)
    devices = try DeviceNode.all(spec, kernel)
    for view in manager?.views(spec.cgroup.path) ?? [] {
      let tree = try stage("cgroup") { () throws(SyscallError) in
        try kernel.copyTree(view.directory, recursive: false, at: AT_FDCWD)
      }
      cgroups.append((view, tree))
    }
  }

  private var trees: [MountTree] {
    var trees = Array(images.values) + cgroups.map(\.tree)
    for case .bind(_, let bound, _, _) in mounts {
      trees += [bound.top] + bound.below.map(\.tree)
    }
    for case .filesystem(_, let tree) in mounts { trees.append(tree) }
    if let sharedMemory { trees.append(sharedMemory) }
    return trees
  }

  /// The descriptors of what is to be mounted.
  var descriptors: [Int32] { trees.map(\.descriptor.raw) }

  /// Lets go of what is mounted now.
  func close() { for tree in trees { tree.descriptor.close() } }

  private static func depth(_ path: String) -> Int { path.split(separator: "/").count }

  // A container sees its own /proc; some tools replace single files of it by better ones.
  private static let replaceable: Set<String> = [
    "/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg", "/proc/meminfo", "/proc/slabinfo",
    "/proc/stat", "/proc/swaps", "/proc/uptime",
  ]

  /// Says that a place in a container is not for mounts.
  static func refusal(_ target: String) -> LaunchFailure {
    LaunchFailure(
      stage: "mounts", message: "nothing can be mounted on '\(target)' in a container",
      path: target)
  }

  /// True for one of the single files of /proc that may be replaced.
  static func isReplaceable(_ target: String) -> Bool {
    let parts = target.split(separator: "/").filter { $0 != "." }
    return replaceable.contains("/" + parts.joined(separator: "/"))
  }

  private static func isAllowed(_ target: String) -> Bool {
    guard target.hasPrefix("/") else { return false }
    let parts = target.split(separator: "/").filter { $0 != "." }
    guard let first = parts.first, !parts.contains("..") else { return false }
    return first != "proc" || isReplaceable(target)
  }

  private static func prepare(
    _ mount: ContainerMount, _ kernel: any Kernel
  ) throws(LaunchFailure) -> Prepared {
    do throws(SyscallError) {
      switch mount {
      case .bind(let bind): return try prepare(bind, kernel)
      case .tmpfs(let tmpfs): return .tmpfs(tmpfs)
      case .file(let file): return .file(file, content: try content(file, kernel))
      case .image(let image): return .image(image)
      case .filesystem(let volume):
        throw SyscallError("mount", path: volume.filesystem.source, errno: EINVAL)
      }
    } catch {
      let source = error.path ?? ""
      let reason =
        switch error.errno {
        case ENOENT: "does not exist"
        case EXDEV: "leads out of the directory that containers may write to"
        case ELOOP: "is a link that only the kernel can follow"
        case EFBIG: "is larger than \(FileMount.largestContent >> 20) MiB"
        case EINVAL where mount.isFile, ENXIO where mount.isFile:
          "is a pipe, a device or a socket, not a file"
        default: error.reason
        }
      throw LaunchFailure(
        stage: "mounts", message: "mount on \(mount.target): its source \(source): \(reason)",
        errno: error.errno, path: source, hint: error.shortage?.description)
    }
  }

  private static func content(
    _ file: FileMount, _ kernel: any Kernel
  ) throws(SyscallError) -> [UInt8] {
    let limit = FileMount.largestContent
    guard !file.subpath.isEmpty else {
      return try kernel.read(file.source, limit: limit)
    }
    return try Files.readRegular(
      file.subpath, within: file.source, limit: limit, calls: kernel)
  }

  private static func prepare(
    _ bind: BindMount, _ kernel: any Kernel
  ) throws(SyscallError) -> Prepared {
    let tree = try Self.tree(bind, kernel)
    try bind.beforeFilling.restrict(tree, isTop: true, recursive: true, kernel)
    let status = try kernel.status(descriptor: tree.descriptor.raw)
    let parent =
      bind.copyUp
      ? try kernel.open(
        bind.noteDirectory.isEmpty ? Files.parent(of: bind.source) : bind.noteDirectory,
        O_RDONLY | O_DIRECTORY) : nil
    return .bind(
      bind, BoundMounts(top: tree), isDirectory: status.kind == .directory, parent: parent)
  }

  /// The source by the user's own path; what is below a volume by what the volume holds now.
  private static func tree(
    _ bind: BindMount, _ kernel: any Kernel
  ) throws(SyscallError) -> MountTree {
    guard !bind.subpath.isEmpty else {
      return try kernel.copyTree(bind.source, recursive: bind.recursive, at: AT_FDCWD)
    }
    let volume = try RootedDirectory(opening: bind.source, calls: kernel)
    do throws(SyscallError) {
      let place = try volume.open(bind.subpath, .beneath)
      return try kernel.copyTree(
        of: place, recursive: bind.recursive, path: "\(bind.source)/\(bind.subpath)")
    } catch {
      throw error.about("\(bind.source)/\(bind.subpath)")
    }
  }

  /// Who shares the memory of System V and POSIX also shares /dev/shm.
  private static func sharedMemory(
    _ spec: ContainerSpec, _ owners: NamespaceOwners, _ kernel: any Kernel
  ) throws(LaunchFailure) -> MountTree? {
    switch spec.namespaces.ipc {
    case .private: return nil
    case .host: return try? kernel.copyTree("/dev/shm", recursive: false, at: AT_FDCWD)
    case .container(let id):
      let process = try owners.process(id)
      // A mount can only be copied from within its own namespace.
      return try stage("mounts") { () throws(SyscallError) in
        let own = try kernel.open("/proc/self/ns/mnt", O_RDONLY)
        try kernel.join(process.raw, .mount)
        let inside = try RootedDirectory(opening: "/", calls: kernel)
        let place = try inside.openDirectory("/dev/shm", .withoutLinks)
        let tree = try kernel.copyTree(of: place, recursive: false, path: "/dev/shm")
        try kernel.join(own.raw, .mount)
        return tree
      }
    }
  }
}

extension ContainerMount {
  /// True for a copy of a file.
  var isFile: Bool {
    if case .file = self { true } else { false }
  }

  /// The users and groups that it names.
  fileprivate var owners: [UInt32] {
    switch self {
    case .bind, .image, .filesystem: []
    case .tmpfs(let mount): [mount.user, mount.group].compactMap(\.self)
    case .file(let mount): [mount.user, mount.group]
    }
  }
}

extension BindMount {
  /// The same while a volume is filled: one that is to be read-only is made so afterwards.
  var beforeFilling: BindMount {
    var bind = self
    if copyUp { bind.readOnly = false }
    return bind
  }

  /// Sets the flags of what is bound: of a tree, or of one mount of it, which may be its top.
  func restrict(
    _ tree: MountTree, isTop: Bool, recursive: Bool, _ kernel: any Kernel
  ) throws(SyscallError) {
    let access: MountTree.Attributes = readOnly ? .readOnly : []
    if propagation.isRecursive {
      try kernel.set(tree, access, propagation: propagation.flag, recursive: recursive)
    } else {
      try kernel.set(tree, access, propagation: 0, recursive: recursive)
      guard isTop else { return }
      try kernel.set(tree, [], propagation: propagation.flag, recursive: false)
    }
  }
}

extension MountPropagation {
  /// True when mounts below the top are meant as well.
  var isRecursive: Bool { rawValue.hasPrefix("r") }

  /// The kernel's flag.
  var flag: UInt64 {
    switch self {
    case .privateMount, .rprivate: UInt64(MS_PRIVATE)
    case .shared, .rshared: UInt64(MS_SHARED)
    case .slave, .rslave: UInt64(MS_SLAVE)
    }
  }
}
