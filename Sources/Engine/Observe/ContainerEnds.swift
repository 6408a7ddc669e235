import Model
import Planning
import State

/// How containers ended, also those that were removed before somebody looked at them.
///
/// What a container left goes with it, but whoever saw it end has told so in the project's journal
/// before. The journal is open from the beginning: it may go with the project as well.
final class ContainerEnds {
  /// The end of a container's run.
  struct End {
    var code: Int32
    var finishedAt: Timestamp
  }

  private let context: ContainerContext
  private let journal: JournalReader
  private var told: [ObjectID: End] = [:]

  /// Knows of ends from now on: to be made before containers are looked at.
  init(_ context: ContainerContext) {
    self.context = context
    journal = JournalReader(context.journal, fromStart: false)
  }

  /// The last end of a container that does not run: as it is written down, or as it was told; nil when
  /// it has not ended, or nobody knows.
  func end(of id: ObjectID) -> End? {
    if let exit = ExitRecord.read(of: context.layout.container(id)) {
      return End(code: exit.code, finishedAt: exit.finishedAt)
    }
    for event in (try? journal.read()) ?? [] where event.action == "die" {
      guard let code = event.attributes["exitCode"].flatMap({ Int32($0) }) else { continue }
      told[event.id] = End(code: code, finishedAt: event.end ?? event.time)
    }
    return told[id]
  }

  /// The exit code of a container that was found not to run; 0 for one that never ran.
  ///
  /// Throws when it is gone, and nobody has told how it ended.
  func code(of container: ObservedContainer) throws(EngineError) -> Int32 {
    let record = container.record
    if let code = container.exitCode ?? end(of: record.id)?.code { return code }
    guard try context.containers.record(record.id) == nil else { return 0 }
    throw EngineError(
      "container \(record.name) was removed while it was waited for, and how it ended is not known",
      hint: "`roost events --since 10m` shows what happened to it")
  }
}
