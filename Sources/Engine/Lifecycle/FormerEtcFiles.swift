import Linux
import Model
import Runtime
import State

/// Has a container that an earlier version made take /etc/hosts and the like from where they are now.
struct FormerEtcFiles {
  let context: ContainerContext

  /// Puts the specification right before the first start by this version.
  func leave(_ record: ContainerRecord) throws(EngineError) {
    let container = context.layout.container(record.id)
    guard !Files.exists(container.etc) else { return }
    let found = try readingRecords { () throws(RecordError) in
      try ContainerSpec.read(container.spec)
    }
    guard var spec = found else { return }
    let mounts = spec.mounts.map { moved($0) }
    guard mounts != spec.mounts else { return }
    spec.mounts = mounts
    let renewed = spec
    try explaining("renew the mounts of container \(record.name)") { () throws(SyscallError) in
      try renewed.write(container.spec)
    }
  }

  /// They may be those of the container whose network is shared.
  private func moved(_ mount: ContainerMount) -> ContainerMount {
    guard case .bind(var bind) = mount else { return mount }
    let directory = Files.parent(of: bind.source)
    guard let id = ObjectID(Files.name(of: Files.parent(of: directory))) else { return mount }
    let owner = context.layout.container(id)
    guard directory == owner.formerEtc else { return mount }
    bind.source = "\(owner.etc)/\(Files.name(of: bind.source))"
    return .bind(bind)
  }
}
