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
  private let kernel: any Kernel

  init(_ root: RootFilesystem, _ container: ContainerLayout, _ kernel: any Kernel) {
    self.root = root
    self.container = container
    self.kernel = kernel
  }

  /// Leaves the machine's files behind: from here on, every path is the container's.
  func enter(images sources: MountSources) throws(LaunchFailure) {
    try stage("root file system") { () throws(SyscallError) in
      try kernel.keepMountsToOurselves()
    }
    for case .image(let mount) in sources.mounts {
      sources.images[mount.target] = try stage("mounts") { () throws(SyscallError) in
        try image(mount)
      }
    }
    try stage("root file system") { () throws(SyscallError) in
      let upper = root.upper ?? container.upper
      let work = root.work ?? container.work
      try kernel.makeDirectories(upper)
      try kernel.makeDirectories(work, mode: 0o700)
      var lowers = root.lowerDirectories
      if lowers.isEmpty {
        let empty = "\(container.state)/empty"
        try kernel.makeDirectories(empty)
        lowers = [empty]
      }
      // Over the writable layer's own directory, which nobody needs to see in this namespace.
      try Overlay(kernel: kernel).mount(lowers, upper: upper, work: work, on: upper)
      try kernel.changeDirectory(upper)
      try kernel.becomeRoot()
    }
  }

  private func image(_ mount: ImageMount) throws(SyscallError) -> MountTree {
    let subpath = mount.subpath.split(separator: "/").filter { $0 != "." && $0 != ".." }
    let below = subpath.isEmpty ? "" : "/" + subpath.joined(separator: "/")
    let tree: MountTree
    if mount.lowerDirectories.count == 1 {
      tree = try kernel.copyTree(mount.lowerDirectories[0] + below)
    } else {
      try Overlay(kernel: kernel).mount(
        mount.lowerDirectories, upper: nil, work: nil, on: container.run)
      tree = try kernel.copyTree(container.run + below)
      try kernel.unmount(container.run)
    }
    try kernel.set(tree, .readOnly, propagation: UInt64(MS_PRIVATE), recursive: false)
    return tree
  }
}
