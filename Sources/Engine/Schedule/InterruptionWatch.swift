import Glibc
import Linux

/// Calls something once when the user interrupts.
final class InterruptionWatch: Sendable {
  private let over = Interruption()

  init(_ interruption: Interruption, _ action: @escaping @Sendable () -> Void) {
    let over = over
    WorkerThread.start {
      var entries = [interruption.descriptor, over.descriptor].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      _ = try? Descriptors.poll(&entries, timeoutMilliseconds: nil)
      if entries[0].revents != 0 { action() }
    }
  }

  /// Watches no more.
  func end() { over.interrupt() }
}
