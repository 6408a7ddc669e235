import Linux
import Model
import Networking
import Planning
import Runtime
import State

/// Finishes or removes what a command left half done that was killed.
struct Recovery {
  let runner: PlanRunner

  private var context: ContainerContext { runner.context }

  /// How old a directory without a record must be to count as left behind: a container that is
  /// just being made has none for an instant.
  private static let grace: Int64 = 10_000_000_000

  /// Looks at the whole machine and says what has to be put right. Changes nothing.
  func survey() throws(EngineError) -> Preparation {
    var preparation = Preparation()
    let ids = try context.containers.identities()
    for id in ids {
      if let record = try context.containers.record(id) {
        context.remember(record)
      } else if isLeftBehind(id) {
        preparation.add(.removeRemains(id), because: "it has no record")
      }
    }
    for record in context.knownRecords {
      guard let replaced = record.replaces else { continue }
      if try context.containers.record(replaced) != nil {
        preparation.add(
          .removeReplacement(record.id, name: record.name),
          because: "the container that it was made to replace is still there")
      } else {
        preparation.add(
          .takeOverName(record.id, name: record.finalName ?? record.name),
          because: "the container that it was made to replace is gone")
      }
    }
    for id in strayRunDirectories(known: Set(ids)) {
      preparation.add(.removeRemains(id), because: "only its run directory is left")
    }
    return preparation
  }

  /// Does what `survey` found. The caller has the project's lock.
  func run() throws(EngineError) {
    for item in try survey().items {
      switch item.step {
      case .removeRemains(let id): try removeRemains(of: id)
      case .removeReplacement(let id, _): try removeReplacement(id)
      case .takeOverName(let id, let name): try takeOver(name, by: id)
      // Images and bridges are made ready by those who know them.
      case .buildImage, .pullImage, .restoreBridge: continue
      }
    }
  }

  private func removeReplacement(_ id: ObjectID) throws(EngineError) {
    guard let record = try context.containers.record(id) else { return }
    let isRunning = context.processes.status(id).process != nil
    if isRunning { try runner.stopper.kill(record) }
    try runner.remover.remove(record, volumes: false)
  }

  private func takeOver(_ name: String, by id: ObjectID) throws(EngineError) {
    guard var record = try context.containers.record(id) else { return }
    record.name = name
    record.finalName = nil
    record.replaces = nil
    try context.containers.write(record)
    context.remember(record)
  }

  private func isLeftBehind(_ id: ObjectID) -> Bool {
    guard let status = try? Files.status(context.layout.container(id).state) else { return false }
    return Clock.now().nanoseconds - status.modifiedNanoseconds > Self.grace
  }

  private func strayRunDirectories(known: Set<ObjectID>) -> [ObjectID] {
    let directory = "\(context.layout.runRoot)/containers"
    let names = (try? Files.listIfPresent(directory)) ?? []
    return names.compactMap { ObjectID($0) }.filter {
      !known.contains($0) && !Files.exists(context.layout.container($0).state)
    }
  }

  private func removeRemains(of id: ObjectID) throws(EngineError) {
    try explaining("remove what is left of container \(id.short)") { () throws(SyscallError) in
      try context.processes.cleanup(id)
    }
    try runner.connector.disconnect(id)
    try networking { () throws(NetworkError) in try context.networks.releaseLeases(of: id) }
    try context.containers.remove(id)
  }
}
