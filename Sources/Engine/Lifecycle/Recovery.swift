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

  /// How long a shim may take to record the end of what was killed.
  private static let endMilliseconds: Int32 = 10_000

  /// Looks at the whole machine and says what has to be put right. Changes nothing.
  func survey() throws(EngineError) -> Preparation {
    var preparation = Preparation()
    let ids = try context.containers.identities()
    for id in ids {
      if let record = try context.containers.record(id) {
        if record.project == context.project, try isTorn(id) {
          preparation.add(.removeRemains(id), because: "a crash left only a part of it")
        } else {
          context.remember(record)
        }
      } else if try isLeftBehind(id) {
        preparation.add(.removeRemains(id), because: "it has no record")
      }
    }
    for record in context.knownRecords { try surveyReplacement(record, &preparation) }
    for id in try BuildRemains(context: context).survey() {
      preparation.add(.removeBuildRemains(id), because: "the build that it belongs to is gone")
    }
    for id in try strayRunDirectories(known: Set(ids)) {
      preparation.add(.removeRemains(id), because: "only its run directory is left")
    }
    return preparation
  }

  private func surveyReplacement(
    _ record: ContainerRecord, _ preparation: inout Preparation
  ) throws(EngineError) {
    let name = record.finalName ?? record.name
    if let replaced = record.replaces {
      guard let former = try context.containers.record(replaced) else {
        return preparation.add(
          .takeOverName(record.id, name: name),
          because: "the container that it was made to replace is gone")
      }
      guard isRunning(record), !isRunning(former) else {
        return preparation.add(
          .removeReplacement(record.id, name: record.name),
          because: "the container that it was made to replace is still there")
      }
      preparation.add(
        .removeSuperseded(former.id, name: former.name), because: "its replacement runs")
      preparation.add(
        .takeOverName(record.id, name: name),
        because: "the container that it was made to replace does not run any more")
    } else if let successor = record.supersededBy {
      let found = try context.containers.record(successor)
      if let found, found.replaces == nil {
        preparation.add(
          .removeSuperseded(record.id, name: record.name),
          because: "\(found.name) has taken its place")
      } else if found == nil {
        preparation.add(
          .takeOverName(record.id, name: name),
          because: "the container that had taken its place is gone")
      }
    }
  }

  private func isRunning(_ record: ContainerRecord) -> Bool {
    context.processes.status(record.id).process != nil
  }

  /// Does what `survey` found. The caller has the project's lock.
  func run() throws(EngineError) {
    context.attempt { () throws(EngineError) in try TemporaryFiles(layout: context.layout).sweep() }
    try carryOut(try survey())
    try context.endAbandonedPauses()
    // As the survey has read them.
    for record in context.knownRecords {
      try runner.stopper.awaitRecord(of: record)
    }
  }

  /// Finishes replacements that were under way when something failed, or undoes them.
  func finishReplacements() throws(EngineError) {
    var preparation = Preparation()
    for record in context.knownRecords { try surveyReplacement(record, &preparation) }
    try carryOut(preparation)
  }

  private func carryOut(_ preparation: Preparation) throws(EngineError) {
    for item in preparation.items {
      switch item.step {
      case .removeRemains(let id): try removeRemains(of: id)
      case .removeBuildRemains(let id): try BuildRemains(context: context).remove(id)
      case .removeReplacement(let id, _): try removeReplacement(id)
      case .removeSuperseded(let id, _): try remove(id)
      case .takeOverName(let id, let name): try takeOver(name, by: id)
      // Images and bridges are made ready by those who know them.
      case .buildImage, .pullImage, .restoreBridge: continue
      }
    }
  }

  /// Removes a replacement; the container that it was made for gets back what it may have lost to
  /// it.
  private func removeReplacement(_ id: ObjectID) throws(EngineError) {
    let replaced = try context.containers.record(id)?.replaces
    try remove(id)
    guard let replaced, var former = try context.containers.record(replaced) else { return }
    if former.supersededBy != nil {
      try takeOver(former.finalName ?? former.name, by: former.id)
      former = try context.containers.record(replaced) ?? former
    }
    guard isRunning(former) else { return }
    try runner.connector.restore(former)
    if !former.networking.ports.isEmpty { runner.firewall.portsChanged() }
  }

  private func remove(_ id: ObjectID) throws(EngineError) {
    guard let record = try context.containers.record(id) else { return }
    if isRunning(record) { try runner.stopper.kill(record) }
    try runner.remover.remove(record, volumes: false)
    context.forget(id)
  }

  private func takeOver(_ name: String, by id: ObjectID) throws(EngineError) {
    guard var record = try context.containers.record(id) else { return }
    record.name = name
    record.finalName = nil
    record.replaces = nil
    record.supersededBy = nil
    try context.containers.write(record)
    context.remember(record)
  }

  /// True for a record without what its shim runs, as an older roost left it that was killed; the
  /// caller has the lock of its project, so that nobody is just writing the one or the other.
  private func isTorn(_ id: ObjectID) throws(EngineError) -> Bool {
    let path = context.layout.container(id).spec
    return try readingRecords { () throws(RecordError) in try StateFile.read(path) } == nil
  }

  private func isLeftBehind(_ id: ObjectID) throws(EngineError) -> Bool {
    let path = context.layout.container(id).state
    return try explaining("look at what is left of container \(id.short)") {
      () throws(SyscallError) in
      guard try Files.isPresent(path) else { return false }
      return Clock.now().nanoseconds - (try Files.status(path).modifiedNanoseconds) > Self.grace
    }
  }

  private func strayRunDirectories(known: Set<ObjectID>) throws(EngineError) -> [ObjectID] {
    try explaining("look for what is left of containers") { () throws(SyscallError) in
      var strays: [ObjectID] = []
      for name in try Files.listIfPresent("\(context.layout.runRoot)/containers") {
        guard let id = ObjectID(name), !known.contains(id) else { continue }
        if try !Files.isPresent(context.layout.container(id).state) { strays.append(id) }
      }
      return strays
    }
  }

  private func removeRemains(of id: ObjectID) throws(EngineError) {
    try explaining("remove what is left of container \(id.short)") { () throws(SyscallError) in
      try context.processes.cleanup(id)
      _ = try context.processes.shim(id)?.waitForEnd(timeoutMilliseconds: Self.endMilliseconds)
    }
    try runner.connector.disconnect(id)
    try networking { () throws(NetworkError) in try context.networks.releaseLeases(of: id) }
    try context.containers.remove(id)
  }
}
