import Glibc
import Linux
import Model
import Runtime
import State

/// Puts layers on top of each other. Source: the kernel's filesystems/overlayfs.
struct Overlay {
  let kernel: any Kernel

  // Features that would tie the layers to each other's inodes, or that other tools could not read.
  private static let features = "index=off,redirect_dir=off,metacopy=off"
  // mount(2) takes a page of options.
  private static let longest = 3800

  /// Mounts layers, the top one first, with a writable one if given.
  func mount(
    _ lowers: [String], upper: String?, work: String?, on target: String
  ) throws(SyscallError) {
    var keep: [OwnedDescriptor] = []
    var options = Self.render(lowers, upper: upper, work: work)
    // Commas and colons mean something in the options, and there is little room: then each
    // directory is named by its descriptor.
    let paths = lowers + [upper, work].compactMap { $0 }
    if options.utf8.count > Self.longest || paths.contains(where: Self.isSpecial) {
      func byDescriptor(_ path: String) throws(SyscallError) -> String {
        let directory = try kernel.open(path, Files.pathOnly | O_DIRECTORY)
        keep.append(directory)
        return "/proc/self/fd/\(directory.raw)"
      }
      var shortened: [String] = []
      for lower in lowers { shortened.append(try byDescriptor(lower)) }
      options = Self.render(
        shortened, upper: try upper.map { path throws(SyscallError) in try byDescriptor(path) },
        work: try work.map { path throws(SyscallError) in try byDescriptor(path) })
    }
    try kernel.mount("overlay", on: target, type: "overlay", flags: 0, options: options)
    withExtendedLifetime(keep) {}
  }

  private static func render(_ lowers: [String], upper: String?, work: String?) -> String {
    var options = "lowerdir=" + lowers.joined(separator: ":")
    if let upper, let work { options += ",upperdir=\(upper),workdir=\(work)" }
    return options + "," + features
  }

  private static func isSpecial(_ path: String) -> Bool {
    path.utf8.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ":") || $0 == 0x5C }
  }
}

/// Mounts the root file system and makes it the root.
struct RootFilesystemMount {
  private let root: RootFilesystem
  private let container: ContainerLayout
  private let mapping: IDMapping
  private let kernel: any Kernel

  init(
    _ root: RootFilesystem, _ container: ContainerLayout, _ mapping: IDMapping,
    _ kernel: any Kernel
  ) {
    self.root = root
    self.container = container
    self.mapping = mapping
    self.kernel = kernel
  }

  /// Leaves the machine's files behind, and returns the container's root: from here on, every path
  /// is the container's.
  ///
  /// What lies in images is looked up below them before, while nothing of the kernel's file systems
  /// is mounted in them.
  func enter(_ sources: MountSources) throws(LaunchFailure) -> RootedDirectory {
    let upper = root.upper ?? container.upper
    let work = root.work ?? container.work
    let lowers = try stage("root file system") { () throws(SyscallError) in
      try kernel.keepMountsToOurselves()
      return try prepareLayers(sources, upper: upper, work: work)
    }
    for case .image(let mount) in sources.mounts { sources.images[mount.target] = try image(mount) }
    try stage("root file system") { () throws(SyscallError) in
      // Over the writable layer's own directory, which nobody needs to see in this namespace.
      try Overlay(kernel: kernel).mount(lowers, upper: upper, work: work, on: upper)
    }
    try fillVolumes(sources, from: upper)
    return try stage("root file system") { () throws(SyscallError) in
      try kernel.changeDirectory(upper)
      try kernel.becomeRoot()
      return try RootedDirectory(opening: "/", calls: kernel)
    }
  }

  /// Makes what is missing, shows all layers with the container's owners, and acts as its root from
  /// here on. Returns the layers, the top one first.
  private func prepareLayers(
    _ sources: MountSources, upper: String, work: String
  ) throws(SyscallError) -> [String] {
    try kernel.makeDirectories(upper)
    try kernel.makeDirectories(work, mode: 0o700)
    var lowers = root.lowerDirectories
    if lowers.isEmpty {
      let empty = "\(container.state)/empty"
      try kernel.makeDirectories(empty)
      lowers = [empty]
    }
    var images: [String] = []
    for case .image(let mount) in sources.mounts { images += mount.lowerDirectories }
    try mapping.showLayers(lowers + [upper, work] + images)
    try mapping.actAsRoot()
    return lowers
  }

  /// Fills empty volumes with what the image has where they will be mounted.
  private func fillVolumes(
    _ sources: MountSources, from overlay: String
  ) throws(LaunchFailure) {
    for case .bind(let bind, let mounts, let isDirectory, let parent?) in sources.mounts {
      defer { parent.close() }
      do throws(SyscallError) {
        if isDirectory {
          let image = try RootedDirectory(opening: overlay, calls: kernel)
          try VolumeFilling(volume: mounts.top.descriptor, parent: parent, content: bind.target)
            .run(image)
        }
        guard bind.readOnly else { continue }
        for tree in [mounts.top] + mounts.below.map(\.tree) {
          try kernel.set(tree, .readOnly, propagation: 0, recursive: true)
        }
      } catch {
        throw LaunchFailure(
          stage: "mounts", message: "mount on \(bind.target): \(IDMapping.explain(error))",
          errno: error.errno, path: bind.target, hint: error.shortage?.description)
      }
    }
  }

  private func image(_ mount: ImageMount) throws(LaunchFailure) -> MountTree {
    do throws(SyscallError) {
      let tree: MountTree
      if mount.lowerDirectories.count == 1 {
        tree = try Self.tree(mount, in: mount.lowerDirectories[0], kernel)
      } else {
        try Overlay(kernel: kernel).mount(
          mount.lowerDirectories, upper: nil, work: nil, on: container.run)
        tree = try Self.tree(mount, in: container.run, kernel)
        try kernel.unmount(container.run)
      }
      try kernel.set(tree, .readOnly, propagation: UInt64(MS_PRIVATE), recursive: false)
      return tree
    } catch {
      let reason = error.errno == ENOENT ? "does not exist" : error.reason
      throw LaunchFailure(
        stage: "mounts",
        message: "mount on \(mount.target): \(error.path ?? mount.subpath) in the image: \(reason)",
        errno: error.errno, path: mount.target, hint: error.shortage?.description)
    }
  }

  /// What the subpath leads to within the image: its links are the image's.
  private static func tree(
    _ mount: ImageMount, in directory: String, _ kernel: any Kernel
  ) throws(SyscallError) -> MountTree {
    let image = try RootedDirectory(opening: directory, calls: kernel)
    let path = mount.subpath.isEmpty ? "/" : mount.subpath
    return try kernel.copyTree(of: image.open(path), recursive: false, path: path)
  }
}
