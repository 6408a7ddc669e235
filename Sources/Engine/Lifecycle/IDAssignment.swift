import Linux
import Model
import Runtime
import State

/// Finds out, before a container starts, which ids of the host its ids stand for.
struct IDAssignment {
  private let context: ContainerContext

  init(_ context: ContainerContext) { self.context = context }

  /// The ids of a container in a user namespace of its own. A range of its own is reserved until the
  /// container is removed; where the owners of files cannot be mapped, each id stands for itself.
  func assign(_ id: ObjectID, _ namespaces: Namespaces) throws(EngineError) -> IDMap {
    let containerLayout = context.layout.container(id)
    guard namespaces.user != .host, namespaces.ids == .own else {
      return try readingRecords { () throws(RecordError) in
        try IDMapRecord.map(of: namespaces, containerLayout)
      }
    }
    return try explaining("reserve user ids") { () throws(SyscallError) in
      guard let refusal = try context.layerMappingRefusal() else {
        return try context.idRanges.reserve(containerLayout, id)
      }
      context.warnOnce("root in containers is root on this host: \(refusal)")
      try IDRanges.forget(containerLayout)
      return .identity
    }
  }
}
