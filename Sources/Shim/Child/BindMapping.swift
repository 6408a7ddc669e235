import Glibc
import Linux
import State

/// What is bound: one tree, or mounts that are put together again in the container.
struct BoundMounts {
  var top: MountTree
  /// What is mounted below it, outer places first, and where.
  var below: [(place: String, tree: MountTree)] = []
}

/// Lets the files of a bind show their owners inside: those of each mount of it that can be mapped.
struct BindMapping {
  /// The ids of the machine that those of the container stand for.
  let map: IDMap
  /// The user namespace by whose ids files are shown.
  let namespace: OwnedDescriptor
  let bind: BindMount
  /// What is bound, and hangs nowhere yet.
  let tree: MountTree
  let kernel: any Kernel
  /// Tells the user of what stays as it is.
  let warn: (String) -> Void

  /// Maps all that can be mapped, and tells of the rest. `giveToRoot` takes the place of that where
  /// the top of the bind cannot.
  func show(
    otherwise giveToRoot: ((MountTree) throws(SyscallError) -> Void)?
  ) throws(SyscallError) -> BoundMounts {
    try tellOfOwner()
    guard refusal(tree, recursive: bind.recursive) != nil else { return BoundMounts(top: tree) }
    let mounts = try takenApart()
    let top = refusal(mounts.top, recursive: false)
    if top != nil, let giveToRoot {
      try giveToRoot(mounts.top)
      return mounts
    }
    var refused: [String] = []
    for (place, mount) in mounts.below {
      guard let reason = refusal(mount, recursive: false) else { continue }
      refused.append("\(bind.target)/\(place) (\(kernel.fileSystemName(of: mount)): \(reason))")
    }
    if let top, refused.isEmpty {
      tell("files on \(kernel.fileSystemName(of: tree)) cannot be mapped (\(top))")
    } else if mounts.below.isEmpty {
      tell("some files cannot be mapped, on what is mounted below \(bind.source)")
    } else if !refused.isEmpty {
      let name = kernel.fileSystemName(of: tree)
      let places = (top.map { ["\(bind.target) (\(name): \($0))"] } ?? []) + refused
      let more = places.count > 5 ? " and \(places.count - 5) more mounts" : ""
      tell("files in \(places.prefix(5).joined(separator: ", "))\(more) cannot be mapped")
    }
    return mounts
  }

  private func tell(_ what: String) {
    warn(
      "mount on \(bind.target): the owners of \(what): they show as nobody, and what is written gets "
        + "the host's id \(map.start) and those above; `userns_mode: host` shows them as they are")
  }

  /// Why a mount cannot be mapped; nil when it is now.
  private func refusal(_ tree: MountTree, recursive: Bool) -> String? {
    do throws(SyscallError) {
      try kernel.map(tree, by: namespace.raw, recursive: recursive)
      return nil
    } catch {
      return error.reason.lowercased()
    }
  }

  /// The mounts one by one: of several the kernel maps all or none, and each only while it hangs
  /// nowhere, not even on another.
  private func takenApart() throws(SyscallError) -> BoundMounts {
    let places = placesBelow()
    guard !places.isEmpty else { return BoundMounts(top: tree) }
    var mounts = BoundMounts(
      top: try kernel.copyTree(bind.source, recursive: false, at: AT_FDCWD))
    try bind.restrict(mounts.top, isTop: true, recursive: false, kernel)
    let source = try RootedDirectory(opening: bind.source, calls: kernel)
    for place in places {
      // Gone meanwhile, or not to be bound elsewhere, which leaves it out of a copied tree as well.
      guard let found = try? source.open(place, .withoutLinks),
        let mount = try? kernel.copyTree(of: found, recursive: false, path: place)
      else { continue }
      try bind.restrict(mount, isTop: false, recursive: false, kernel)
      mounts.below.append((place, mount))
    }
    return mounts
  }

  private func placesBelow() -> [String] {
    // What is mounted on a shared mount appears on the host as well.
    guard bind.recursive, bind.subpath.isEmpty, bind.propagation.flag != UInt64(MS_SHARED),
      let table = try? kernel.read(MountTable.path, limit: 16 << 20)
    else { return [] }
    // The table has no links.
    let place = try? kernel.open(bind.source, Files.pathOnly)
    let source = place.flatMap { try? kernel.readLink("/proc/self/fd/\($0.raw)") } ?? bind.source
    return MountTable.places(below: source, in: String(decoding: table, as: UTF8.self))
  }

  private func tellOfOwner() throws(SyscallError) {
    let owner = try kernel.status(descriptor: tree.descriptor.raw)
    guard map.hostID(owner.user) == nil || map.hostID(owner.group) == nil else { return }
    warn(
      "mount on \(bind.target): \(bind.source) belongs to \(owner.user):\(owner.group), and users and "
        + "groups of a container end at \(map.count - 1): it shows as nobody's, and root inside has no "
        + "power over it; with `userns_mode: host` or `x-roost: {userns: identity}` it has")
  }
}
