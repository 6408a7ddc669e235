import Engine
import Model

/// Passes on what a build and its warnings say to who shows a watch, and leaves out the rest: that
/// containers are replaced is told by the watch itself.
struct WatchProgress: ProgressReporter {
  let observer: any WatchObserver

  func report(_ event: ProgressEvent) {}

  func warn(_ diagnostic: Diagnostic) { observer.watching(.trouble([diagnostic])) }

  func output(_ line: String, of resource: ProgressEvent.Resource) {
    observer.watching(.output(line))
  }
}
