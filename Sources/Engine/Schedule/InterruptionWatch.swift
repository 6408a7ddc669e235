import Glibc
import Linux

/// Calls something once when the user interrupts.
final class InterruptionWatch: Sendable {
  private let over = Interruption()

  /// Without a thread of its own nobody could wait for both the user and the work.
  init(
    _ interruption: Interruption, _ action: @escaping @Sendable () -> Void
  ) throws(SyscallError) {
    let over = over
    try WorkerThread.detach {
      var entries = [interruption.descriptor, over.descriptor].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      _ = try? Descriptors.poll(&entries, timeoutMilliseconds: nil)
      if entries[0].revents != 0 { action() }
    }
  }

  /// The same for a command, whose error says what the thread is for.
  convenience init(
    of interruption: Interruption, _ action: @escaping @Sendable () -> Void
  ) throws(EngineError) {
    do throws(SyscallError) { try self.init(interruption, action) } catch {
      throw EngineError(error, doing: "watch for Ctrl-C")
    }
  }

  /// Watches no more.
  func end() { over.interrupt() }
}

/// Calls something for each interruption from a given one on, until it is told to end.
final class RepeatedInterruptionWatch: Sendable {
  private let over = Interruption()

  /// - Parameters:
  ///   - seen: how many interruptions need not be told of any more.
  ///   - action: gets the number of interruptions; of several in quick succession it may be told
  ///     once. True ends the watch.
  init(
    _ interruption: Interruption, seen: Int, _ action: @escaping @Sendable (Int) -> Bool
  ) throws(SyscallError) {
    let watcher = try interruption.watcher()
    let over = over
    try WorkerThread.detach {
      var seen = seen
      while !over.isInterrupted {
        watcher.take()
        let count = interruption.count
        if count > seen {
          seen = count
          if action(count) { return }
        }
        var entries = [over.descriptor, watcher.descriptor].map {
          pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        _ = try? Descriptors.poll(&entries, timeoutMilliseconds: nil)
      }
    }
  }

  /// Watches no more.
  func end() { over.interrupt() }
}
