import Engine
import Linux
import Model
import Synchronization

extension CommandContext {
  /// Progress for commands that say nothing of it but on a terminal, where somebody waits.
  func progressOnTerminal(_ title: String, quiet: Bool = false) -> any ProgressReporter {
    let isShown = !quiet && global.progressMode(processEnvironment) == .tty
    return isShown ? progress(title) : SilentProgress()
  }
}

/// Shows how much of something was done that takes its time.
final class ActivityProgress: Sendable {
  private let progress: any ProgressReporter
  private let resource: ProgressEvent.Resource
  private let phase: ProgressEvent.Phase
  private let sum = Atomic<Int64>(0)

  /// Begins to show it.
  init(
    _ progress: any ProgressReporter, _ resource: ProgressEvent.Resource,
    _ phase: ProgressEvent.Phase
  ) {
    self.progress = progress
    self.resource = resource
    self.phase = phase
    progress.report(ProgressEvent(resource, phase))
  }

  /// So many more bytes were done.
  func add(_ count: Int64) {
    let done = sum.add(count, ordering: .relaxed).newValue
    progress.report(ProgressEvent(resource, phase, detail: HumanSize.decimal(done)))
  }

  /// Does something, and shows whether it came to its end.
  func run<Value, Failure>(
    _ end: ProgressEvent.Phase, _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    do throws(Failure) {
      let value = try body()
      let done = sum.load(ordering: .relaxed)
      let detail = done > 0 ? HumanSize.decimal(done) : nil
      progress.report(ProgressEvent(resource, end, detail: detail))
      progress.settle()
      return value
    } catch {
      progress.report(ProgressEvent(resource, .error))
      progress.settle()
      throw error
    }
  }
}
