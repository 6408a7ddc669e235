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

/// Calls something once when the user interrupts again, after an interruption that was seen.
final class RepeatedInterruptionWatch: Sendable {
  private let over = Interruption()

  private static let lookMilliseconds: Int32 = 50

  init(_ interruption: Interruption, _ action: @escaping @Sendable () -> Void) {
    let over = over
    let seen = max(1, interruption.count)
    WorkerThread.start {
      while !over.isInterrupted {
        if interruption.count > seen { return action() }
        // The descriptor stays readable after the first one: the count has to be looked at.
        var entry = [pollfd(fd: over.descriptor, events: Int16(POLLIN), revents: 0)]
        _ = try? Descriptors.poll(&entry, timeoutMilliseconds: Self.lookMilliseconds)
      }
    }
  }

  /// Watches no more.
  func end() { over.interrupt() }
}
