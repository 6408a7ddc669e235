import CLinux
import Glibc
import Linux

/// Mounts the merged view of layers where only this process sees it.
enum OverlayMount {
  // The options of mount(2) must fit into one page.
  private static let longestOptions = 4000

  /// Leaves the machine's mount namespace, once.
  static func leaveMountNamespace() throws(SyscallError) {
    try Syscall.check(linux_unshare(UInt64(LINUX_CLONE_NEWNS)), "unshare")
    try Syscall.check(mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil), "mount", "/")
  }

  /// Opens the merged view of directories, the top one first. With `upper` and `work` it can be
  /// written to. `place` is an empty directory to mount on.
  static func open(
    lower: [String], upper: String? = nil, work: String? = nil, at place: String
  ) throws(SyscallError) -> OwnedDescriptor {
    var layers = lower
    if upper == nil {
      // overlayfs wants two directories; an empty one below changes nothing.
      if layers.count == 1 { return try Files.open(layers[0], O_RDONLY | O_DIRECTORY) }
      if layers.isEmpty { return try Files.open(place, O_RDONLY | O_DIRECTORY) }
    } else if layers.isEmpty {
      return try Files.open(upper ?? place, O_RDONLY | O_DIRECTORY)
    }
    let common = commonParent(layers)
    layers = layers.map { String($0.dropFirst(common.count + 1)) }
    let options = options(layers, upper: upper, work: work)
    if options.utf8.count <= longestOptions, !layers.contains(where: { $0.contains(":") }) {
      // Relative names are shorter: more layers fit.
      try Syscall.check(chdir(common), "chdir", common)
      defer { _ = chdir("/") }
      try Syscall.check(mount("overlay", place, "overlay", 0, options), "mount", place)
      return try Files.open(place, O_RDONLY | O_DIRECTORY)
    }
    return try openMany(lower, upper: upper, work: work)
  }

  // Nothing is renamed or shared between layers, so that an upper directory can become a layer.
  // Volatile: nobody needs the upper directory on disk before its layer is packed.
  private static let writableOptions = [
    "redirect_dir=off", "metacopy=off", "index=off", "volatile",
  ]

  private static func options(_ lower: [String], upper: String?, work: String?) -> String {
    var parts = ["lowerdir=" + lower.joined(separator: ":")]
    if let upper, let work {
      parts += ["upperdir=\(upper)", "workdir=\(work)"] + writableOptions
    }
    return parts.joined(separator: ",")
  }

  private static func commonParent(_ paths: [String]) -> String {
    var common = Files.parent(of: paths.first ?? "/")
    while !paths.allSatisfy({ $0.hasPrefix(common + "/") }), common != "/" {
      common = Files.parent(of: common)
    }
    return common
  }

  /// The way of newer kernels (6.8): one option a layer, as many as one likes.
  private static func openMany(
    _ lower: [String], upper: String?, work: String?
  ) throws(SyscallError) -> OwnedDescriptor {
    let context = OwnedDescriptor(try Syscall.check(linux_fsopen("overlay"), "fsopen", "overlay"))
    for directory in lower {
      try Syscall.check(
        linux_fsconfig(context.raw, "lowerdir+", directory), "fsconfig", directory)
    }
    if let upper, let work {
      try Syscall.check(linux_fsconfig(context.raw, "upperdir", upper), "fsconfig", upper)
      try Syscall.check(linux_fsconfig(context.raw, "workdir", work), "fsconfig", work)
      for option in writableOptions.map({ $0.split(separator: "=").map(String.init) }) {
        let value = option.count > 1 ? option[1] : nil
        try Syscall.check(linux_fsconfig(context.raw, option[0], value), "fsconfig", option[0])
      }
    }
    try Syscall.check(linux_fsconfig(context.raw, nil, nil), "fsconfig", "overlay")
    return OwnedDescriptor(try Syscall.check(linux_fsmount(context.raw, 0), "fsmount", "overlay"))
  }
}
