import Linux
import Model
import Networking
import Runtime
import State

/// Finishes or removes what a command left half done that was killed.
struct Recovery {
  let runner: PlanRunner

  private var context: ContainerContext { runner.context }

  /// How old a directory without a record must be to count as left behind: a container that is
  /// just being made has none for an instant.
  private static let grace: Int64 = 10_000_000_000

  /// Looks at the whole machine. The caller has the project's lock.
  func run() throws(EngineError) {
    let ids = try context.containers.identities()
    for id in ids {
      if let record = context.containers.record(id) {
        context.remember(record)
      } else {
        try removeTorn(id)
      }
    }
    for record in context.knownRecords where record.replaces != nil { try settle(record) }
    try removeStrayRunDirectories(known: Set(ids))
  }

  /// A container that was made to take the place of another: when that one is still there it
  /// keeps its place, else this one takes over.
  private func settle(_ record: ContainerRecord) throws(EngineError) {
    if let replaced = record.replaces, context.containers.record(replaced) != nil {
      let isRunning = context.processes.status(record.id).process != nil
      if isRunning { try runner.stopper.kill(record) }
      try runner.remover.remove(record, volumes: false)
      return
    }
    var renamed = record
    renamed.name = record.finalName ?? record.name
    renamed.finalName = nil
    renamed.replaces = nil
    try context.containers.write(renamed)
    context.remember(renamed)
  }

  private func removeTorn(_ id: ObjectID) throws(EngineError) {
    let place = context.layout.container(id)
    guard let status = try? Files.status(place.state),
      Clock.now().nanoseconds - status.modifiedNanoseconds > Self.grace
    else { return }
    try explaining("remove what is left of container \(id.short)") { () throws(SyscallError) in
      try context.processes.cleanup(id)
    }
    try runner.connector.disconnect(id)
    try networking { () throws(NetworkError) in try context.networks.releaseLeases(of: id) }
    try context.containers.remove(id)
  }

  private func removeStrayRunDirectories(known: Set<ObjectID>) throws(EngineError) {
    let directory = "\(context.layout.runRoot)/containers"
    for name in (try? Files.listIfPresent(directory)) ?? [] {
      guard let id = ObjectID(name), !known.contains(id),
        !Files.exists(context.layout.container(id).state)
      else { continue }
      try removeTornRun(id)
    }
  }

  private func removeTornRun(_ id: ObjectID) throws(EngineError) {
    try explaining("remove what is left of container \(id.short)") { () throws(SyscallError) in
      try context.processes.cleanup(id)
    }
    try runner.connector.disconnect(id)
    try networking { () throws(NetworkError) in try context.networks.releaseLeases(of: id) }
    try context.containers.remove(id)
  }
}
