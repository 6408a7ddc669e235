import Linux
import Model
import Runtime
import State

/// Removes containers that do not run, with everything they left.
struct ContainerRemover: Sendable {
  let context: ContainerContext
  let connector: ContainerConnector

  /// Removes a container. With `volumes` its anonymous volumes go too, unless another container
  /// has them.
  func remove(_ record: ContainerRecord, volumes: Bool) throws(EngineError) {
    try connector.disconnect(record.id)
    try connector.release(record)
    try explaining("remove container \(record.name)") { () throws(SyscallError) in
      try context.processes.cleanup(record.id)
    }
    try context.containers.remove(record.id)
    context.forget(record.id)
    context.journal.append("destroy", record)
    if volumes { try removeVolumes(of: record) }
  }

  private func removeVolumes(of record: ContainerRecord) throws(EngineError) {
    let anonymous = record.mounts.filter(\.anonymous).map(\.source)
    guard !anonymous.isEmpty else { return }
    let used = try Set(
      context.containers.all().filter { $0.id != record.id }.flatMap { $0.mounts.map(\.source) })
    for name in anonymous where !used.contains(name) { try context.volumes.remove(name) }
  }
}
