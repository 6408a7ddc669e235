import CLinux
import Glibc
import Synchronization

/// A count that any thread, or a signal's handler, adds to, and that any number of watchers wait
/// for by descriptor. Source: eventfd(2).
package final class EventCounter: Sendable {
  private let value = Atomic<Int>(0)
  private let event: OwnedDescriptor

  /// Starts at zero.
  package init() { event = OwnedDescriptor(eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))) }

  /// How often `add` was called.
  package var count: Int { value.load(ordering: .acquiring) }

  /// Readable from the first `add` on, and never to be read from; -1 when the process has no
  /// descriptor left.
  package var descriptor: Int32 { event.raw }

  /// Adds one. May be called from a signal's handler: it only adds and writes.
  package func add() {
    value.add(1, ordering: .acquiringAndReleasing)
    var one: UInt64 = 1
    let before = errno
    _ = write(event.raw, &one, MemoryLayout.size(ofValue: one))
    errno = before
  }
}

/// Sees each change of a counter, where the counter's own descriptor only tells of the first.
///
/// An eventfd that is watched with `EPOLLET` tells each of its watchers of every write, whether or
/// not somebody reads it. Source: epoll(7).
package final class EventWatcher: Sendable {
  private let counter: EventCounter
  private let epoll: OwnedDescriptor

  /// Watches for what is added from now on; it may show what was added before as well.
  package init(_ counter: EventCounter) throws(SyscallError) {
    self.counter = counter
    epoll = OwnedDescriptor(
      try Syscall.check(epoll_create1(Int32(EPOLL_CLOEXEC)), "epoll_create1"))
    var event = epoll_event()
    event.events = EPOLLIN.rawValue | EPOLLET.rawValue
    try Syscall.check(
      epoll_ctl(epoll.raw, EPOLL_CTL_ADD, counter.descriptor, &event), "epoll_ctl")
  }

  /// Readable when something was added since the last `take`.
  package var descriptor: Int32 { epoll.raw }

  /// Waits for the next change from now on. Call it before looking at what may have changed.
  package func take() {
    var event = epoll_event()
    _ = epoll_wait(epoll.raw, &event, 1, 0)
  }
}
