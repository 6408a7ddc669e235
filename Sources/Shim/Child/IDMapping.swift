import Glibc
import Linux
import Model
import Runtime
import State

/// Lets files show the owners inside that they have on the disk, though the container's ids stand
/// for others on the machine.
///
/// Mounts are mapped: what belongs to 1000 on the disk belongs to what stands for 1000 in the
/// container, and what 1000 makes there is put down as 1000. Nothing on the disk is changed.
struct IDMapping {
  /// The ids of the machine that those of the container stand for.
  let map: IDMap
  let kernel: any Kernel
  /// Tells the user of a mount that cannot be mapped.
  let warn: (String) -> Void
  // Nil when each id stands for itself.
  private let namespace: OwnedDescriptor?

  init(
    _ map: IDMap, _ namespace: OwnedDescriptor?, _ kernel: any Kernel,
    warn: @escaping (String) -> Void = { _ in }
  ) {
    self.map = map
    self.namespace = map == .identity ? nil : namespace
    self.kernel = kernel
    self.warn = warn
  }

  /// The id of the machine that stands behind one of the container.
  func hostID(_ id: UInt32) -> UInt32 { map.hostID(id) ?? id }

  /// Refuses ids that the container does not have.
  func check(_ ids: [UInt32], of what: @autoclosure () -> String) throws(LaunchFailure) {
    guard let id = ids.first(where: { map.hostID($0) == nil }) else { return }
    throw LaunchFailure(
      stage: "user",
      message: "\(what()): there is no id \(id) in a container, whose users and groups end at "
        + "\(map.count - 1); with `userns_mode: host` it has those of this host")
  }

  /// What a failure says, where it may come from an id that a container does not have.
  static func explain(_ error: SyscallError) -> String {
    guard error.errno == EOVERFLOW else { return error.description }
    return
      "\(error.path ?? "a file") belongs to a user or group above 65535, which a container does "
      + "not have; with `userns_mode: host` it has those of this host"
  }

  // MARK: - Layers

  /// Shows directories of layers, and what the container writes, with the container's owners: where
  /// they are, for this process and those it starts.
  func showLayers(_ directories: [String]) throws(SyscallError) {
    guard let namespace else { return }
    var shown: [String] = []
    for parent in Set(directories.map(Files.parent(of:))).sorted() {
      guard !shown.contains(where: { parent.hasPrefix($0 + "/") }) else { continue }
      let tree = try kernel.copyTree(parent, recursive: false, at: AT_FDCWD)
      try kernel.map(tree, by: namespace.raw, recursive: false)
      let place = try kernel.open(parent, Files.pathOnly | O_DIRECTORY)
      try kernel.attach(tree, on: place, path: parent)
      shown.append(parent)
    }
  }

  /// From here on files are made by the container's root, who is not the machine's. All other rights
  /// stay as they are.
  ///
  /// Whoever mounts an overlay lends it these rights: they decide who owns what is made in it.
  func actAsRoot() throws(SyscallError) {
    guard namespace != nil else { return }
    try kernel.actOnFiles(user: map.start, group: map.start)
  }

  /// Gives what the kernel has made for the machine's root to the container's.
  func giveToRoot(_ tree: MountTree) throws(SyscallError) {
    guard namespace != nil else { return }
    try kernel.setOwner(of: tree, user: map.start, group: map.start)
  }

  /// Shows a volume that is a file system with its owners. What cannot be mapped stays as it is, but
  /// for its top, and the user is told.
  func show(_ tree: MountTree, _ volume: FilesystemMount) throws(SyscallError) {
    guard let namespace else { return }
    do throws(SyscallError) {
      try kernel.map(tree, by: namespace.raw, recursive: false)
    } catch {
      let owner = try kernel.status(descriptor: tree.descriptor.raw)
      if volume.filesystem.isInMemory, let user = map.hostID(owner.user),
        let group = map.hostID(owner.group)
      {
        try kernel.setOwner(of: tree, user: user, group: group)
      }
      warn(
        "mount on \(volume.target): the owners of files on \(volume.filesystem.type) cannot be mapped "
          + "(\(error.reason.lowercased())): they show as nobody, and what is written gets the host's "
          + "id \(map.start) and those above; `userns_mode: host` shows them as they are")
    }
  }

  // MARK: - Mounts

  /// Shows what is bound from the machine with its owners. What cannot be mapped is bound as it is,
  /// and the user is told.
  func show(
    _ tree: MountTree, _ bind: BindMount, _ container: ContainerLayout
  ) throws(SyscallError) -> BoundMounts {
    guard let namespace else { return BoundMounts(top: tree) }
    let mapping = BindMapping(
      map: map, namespace: namespace, bind: bind, tree: tree, kernel: kernel, warn: warn)
    // What is ours may be given to the container instead.
    let isOurs = [container.state, container.run].contains {
      bind.source.hasPrefix(Files.parent(of: $0) + "/")
    }
    guard isOurs else { return try mapping.show(otherwise: nil) }
    return try mapping.show { (top: MountTree) throws(SyscallError) in
      try kernel.setOwner(of: top, user: map.start, group: map.start)
    }
  }
}
