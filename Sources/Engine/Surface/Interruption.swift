import Glibc
import Synchronization

/// Carries the user's Ctrl-C into a running verb.
///
/// Whoever catches the signals calls `interrupt()`; the verbs look at `count` and poll
/// `descriptor`, which turns readable with the first interruption and stays so.
package final class Interruption: Sendable {
  private let value = Atomic<Int>(0)
  private let number = Atomic<Int32>(SIGINT)
  private let writer: Int32
  /// The end of a pipe that is readable from the first interruption on; -1 when none could be
  /// made.
  package let descriptor: Int32

  /// Makes an interruption that has not happened.
  package init() {
    var ends: [Int32] = [-1, -1]
    if pipe(&ends) == 0 {
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    }
    (descriptor, writer) = (ends[0], ends[1])
  }

  deinit {
    for end in [descriptor, writer] where end >= 0 { close(end) }
  }

  /// How often the user has interrupted.
  package var count: Int { value.load(ordering: .acquiring) }
  /// True from the first interruption on.
  package var isInterrupted: Bool { count > 0 }

  /// The signal that interrupted last.
  package var signal: Int32 { number.load(ordering: .acquiring) }

  /// Interrupts. May be called from a signal handler: it only adds and writes.
  package func interrupt(by signal: Int32 = SIGINT) {
    number.store(signal, ordering: .releasing)
    value.add(1, ordering: .acquiringAndReleasing)
    _ = write(writer, "!", 1)
  }
}
