import Linux
import Model
import Runtime
import State

/// Has a container that is about to start share what its owners are now: one that was made anew since
/// is another container, with other namespaces and volumes.
struct OwnerRenewal {
  let context: ContainerContext

  /// The record as the container is to be started; writes down what changed.
  func renew(_ record: ContainerRecord) throws(EngineError) -> ContainerRecord {
    var record = record
    var owners: [(old: ObjectID, new: ContainerRecord)] = []
    for (position, share) in record.shares.enumerated() {
      guard try context.containers.record(share.owner) == nil else { continue }
      let owner = try self.owner(share, of: record)
      record.shares[position].owner = owner.id
      owners.append((share.owner, owner))
    }
    guard !owners.isEmpty else { return record }
    let path = context.layout.container(record.id).spec
    guard var spec = try specification(path) else { return record }
    var left: [String] = []
    for (old, new) in owners {
      spec.namespaces.replace(old, by: new.id, context.layout)
      if case .container(old) = record.networking.mode {
        record.networking.mode = .container(new.id)
      }
      replaceFiles(of: old, by: new.id, in: &spec)
      left += try replaceVolumes(by: new, in: &record, &spec)
    }
    let renewed = spec
    try explaining("renew what container \(record.name) shares") { () throws(SyscallError) in
      try renewed.write(path)
    }
    try context.containers.write(record)
    context.remember(record)
    // Others do the same at this moment: the last of them sees that nobody has it.
    for name in left { try removeUnused(name) }
    return record
  }

  private func specification(_ path: String) throws(EngineError) -> ContainerSpec? {
    try readingRecords { () throws(RecordError) in try ContainerSpec.read(path) }
  }

  private func owner(
    _ share: SharedOwner, of record: ContainerRecord
  ) throws(EngineError) -> ContainerRecord {
    if let owner = context.container(of: share) { return owner }
    let name = share.service ?? share.container ?? share.owner.short
    throw EngineError(
      "container \(record.name) shares what belongs to \(name), which has no container",
      hint: share.service == nil ? "start \(name) first" : "`roost up \(name)` makes one")
  }

  /// /etc/hosts and the like are those of the network's owner.
  private func replaceFiles(of old: ObjectID, by new: ObjectID, in spec: inout ContainerSpec) {
    let (before, after) = (context.layout.container(old).etc, context.layout.container(new).etc)
    spec.mounts = spec.mounts.map { mount in
      guard case .bind(var bind) = mount, bind.source.hasPrefix(before + "/") else { return mount }
      bind.source = after + bind.source.dropFirst(before.count)
      return .bind(bind)
    }
  }

  /// Volumes that were taken from the owner are those that it has now at the same places. Returns the
  /// names of those that were there before.
  private func replaceVolumes(
    by owner: ContainerRecord, in record: inout ContainerRecord, _ spec: inout ContainerSpec
  ) throws(EngineError) -> [String] {
    var left: [String] = []
    let theirs = try specification(context.layout.container(owner.id).spec)?.mounts ?? []
    for (position, mount) in record.mounts.enumerated() where mount.kind == .volume {
      guard !mount.anonymous,
        let current = owner.mounts.first(where: { $0.target == mount.target }),
        current.kind == .volume, current.anonymous, current.source != mount.source
      else { continue }
      record.mounts[position].source = current.source
      spec.mounts = spec.mounts.map { own in
        guard case .bind(var bind) = own, bind.target == mount.target else { return own }
        for case .bind(let their) in theirs where their.target == mount.target {
          (bind.source, bind.subpath) = (their.source, their.subpath)
        }
        return .bind(bind)
      }
      left.append(mount.source)
    }
    return left
  }

  /// Removes an anonymous volume that nobody has any more.
  private func removeUnused(_ name: String) throws(EngineError) {
    guard let volume = context.volume(name), volume.isAnonymous else { return }
    let isUsed = try context.containers.all().contains { other in
      other.mounts.contains { $0.kind == .volume && $0.source == name }
    }
    if !isUsed { try context.volumes.remove(name) }
  }
}

extension Namespaces {
  /// Puts one container in the place of another.
  fileprivate mutating func replace(_ old: ObjectID, by new: ObjectID, _ layout: Layout) {
    func renewed(_ source: Source) -> Source {
      source == .container(old) ? .container(new) : source
    }
    (user, ipc, pid) = (renewed(user), renewed(ipc), renewed(pid))
    (uts, cgroup) = (renewed(uts), renewed(cgroup))
    if ids == .container(old) { ids = .container(new) }
    if network == .path(layout.container(old).networkNamespace) {
      network = .path(layout.container(new).networkNamespace)
    }
  }
}
