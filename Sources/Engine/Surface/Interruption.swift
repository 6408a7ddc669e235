import Glibc
import Linux
import Synchronization

/// Carries the user's Ctrl-C into a running verb.
///
/// Whoever catches the signals calls `interrupt()`; the verbs look at `count` and poll
/// `descriptor`, or, when they want to hear of each interruption, the one of a `watcher()`.
package final class Interruption: Sendable {
  private let counter = EventCounter()
  private let number = Atomic<Int32>(SIGINT)

  /// Makes an interruption that has not happened.
  package init() {}

  /// Readable from the first interruption on; -1 when the process has no descriptor left.
  package var descriptor: Int32 { counter.descriptor }

  /// Something whose descriptor turns readable with each further interruption.
  func watcher() throws(SyscallError) -> EventWatcher { try EventWatcher(counter) }

  /// How often the user has interrupted.
  package var count: Int { counter.count }
  /// True from the first interruption on.
  package var isInterrupted: Bool { count > 0 }

  /// The signal that interrupted last.
  package var signal: Int32 { number.load(ordering: .acquiring) }

  /// Interrupts. May be called from a signal handler.
  package func interrupt(by signal: Int32 = SIGINT) {
    number.store(signal, ordering: .releasing)
    counter.add()
  }
}
