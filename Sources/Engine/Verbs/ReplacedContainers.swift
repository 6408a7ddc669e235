import Linux
import Model
import Runtime
import State

extension AttachedWatch: WatchedContainers {
  func whileReplaced(
    _ services: [String],
    _ body: (
      @escaping @Sendable (ContainerRecord) throws(EngineError) -> Void
    ) throws(EngineError) -> Void
  ) throws(EngineError) {
    hold()
    defer { release() }
    try body { [self] record throws(EngineError) in try willStart(record) }
  }
}
