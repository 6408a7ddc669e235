import Model
import Planning
import State

extension Engine {
  /// Blocks until all containers have ended; calls `ended` for each as it does. Returns the exit
  /// code of the last one.
  package func wait(
    _ selection: ProjectSelection, services: [String],
    ended: (ContainerSummary, Int32) -> Void
  ) throws(EngineError) -> Int32 {
    let context = ContainerContext(self, project: selection.name)
    let observer = Observer(context: context)
    let observed = try observer.observe()
    try ServiceArguments.check(
      services, project: selection.project, containers: observed.containers)
    let names = ServiceArguments.services(services, of: observed.containers)
    var waiting = observed.containers.map(\.record).filter {
      names.contains($0.service) && !$0.isOneOff
    }
    guard !waiting.isEmpty else {
      throw EngineError(
        "there is no container to wait for", hint: "`roost ps --all` shows what there is")
    }
    var code: Int32 = 0
    let revival = Revival(context)
    let places = waiting.map { layout.container($0.id) }
    return try ContainerChanges.wait(for: places, interruption) { () throws(EngineError) in
      revival.runWarning()
      for record in waiting {
        let state = observer.observe(record)
        guard !state.isActive else { continue }
        waiting.removeAll { $0.id == record.id }
        code = state.exitCode ?? 0
        ended(Summarizer(context: context).summary(of: record), code)
      }
      return waiting.isEmpty ? code : nil
    }
  }
}
