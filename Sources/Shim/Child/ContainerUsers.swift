import Glibc
import Linux
import Model
import Runtime
import State

/// The user namespace of a container, and which ids of the machine its ids stand for.
struct ContainerUsers {
  /// The ids of the machine that those of the container stand for.
  let map: IDMap
  /// A namespace that was made for this start alone, since none holds the container's network.
  private let made: OwnedDescriptor?

  /// Takes what was found before.
  init(map: IDMap, made: OwnedDescriptor? = nil) {
    self.map = map
    self.made = made
  }

  /// Finds the ids, and makes a namespace if there is none: in the pid namespace of the first process
  /// nobody could write its map any more.
  init(_ spec: ContainerSpec, _ container: ContainerLayout) throws(LaunchFailure) {
    let map = try Self.map(spec, container)
    let isMissing =
      spec.namespaces.user == .private && !Files.exists(container.userNamespace)
    let made = try stage("namespaces") { () throws(SyscallError) in
      isMissing ? try UserNamespace.create(map) : nil
    }
    self.init(map: map, made: made)
  }

  /// The ids of the machine that those of a container stand for.
  static func map(
    _ spec: ContainerSpec, _ container: ContainerLayout
  ) throws(LaunchFailure) -> IDMap {
    try reading("namespaces") { () throws(RecordError) in
      try IDMapRecord.map(of: spec.namespaces, container)
    }
  }

  /// Opens the namespace; nil when it is the machine's own.
  func open(
    _ spec: ContainerSpec, _ container: ContainerLayout, _ owners: NamespaceOwners,
    _ kernel: any Kernel
  ) throws(LaunchFailure) -> OwnedDescriptor? {
    switch spec.namespaces.user {
    case .host: return nil
    case .private:
      if let made { return made }
      return try NamespaceEntry.openPinned(container.userNamespace, "user", kernel)
    case .container(let id):
      // By path: /proc is still the machine's.
      let path = "/proc/\(try owners.process(id).pid)/ns/user"
      return try stage("namespaces") { () throws(SyscallError) in
        if try kernel.readLink(path) == kernel.readLink("/proc/self/ns/user") { return nil }
        return try kernel.open(path, O_RDONLY)
      }
    }
  }
}
