import CLinux
import Glibc

/// Waits for descriptors, timers and signals on one thread, and calls their handlers there.
///
/// Source: epoll(7), signalfd(2).
package final class EventLoop {
  /// What a descriptor is ready for.
  package struct Events: OptionSet, Sendable {
    /// The bits of epoll(7).
    package let rawValue: UInt32
    /// Makes a set from the bits of epoll(7).
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    /// There is something to read, or the other end is closed.
    package static let readable = Events(rawValue: EPOLLIN.rawValue)
    /// There is room to write.
    package static let writable = Events(rawValue: EPOLLOUT.rawValue)
    /// Something urgent, such as a change of a cgroup's or mount table's file.
    package static let priority = Events(rawValue: EPOLLPRI.rawValue)
    /// An error; reported without being asked for.
    package static let error = Events(rawValue: EPOLLERR.rawValue)
    /// The other end is closed; reported without being asked for.
    package static let hangup = Events(rawValue: EPOLLHUP.rawValue)
  }

  /// A timer that has not fired.
  package struct Timer: Hashable, Sendable {
    fileprivate let number: UInt64
  }

  private struct Watch {
    let generation: UInt32
    let handler: (Events) -> Void
  }

  private let epoll: OwnedDescriptor
  private var watches: [Int32: Watch] = [:]
  private var generation: UInt32 = 0
  private var timers = TimerQueue()
  private var signals: OwnedDescriptor?
  private var signalHandlers: [Int32: (Int32) -> Void] = [:]
  private var isStopped = false

  /// Makes a loop without anything to wait for.
  package init() throws(SyscallError) {
    epoll = OwnedDescriptor(
      try Syscall.check(epoll_create1(Int32(EPOLL_CLOEXEC)), "epoll_create1"))
  }

  /// Calls `handler` whenever `descriptor` is ready. Regular files cannot be watched (`EPERM`).
  package func add(
    _ descriptor: Int32, _ events: Events = .readable, _ handler: @escaping (Events) -> Void
  ) throws(SyscallError) {
    generation &+= 1
    var event = epoll_event()
    event.events = events.rawValue
    event.data.u64 = Self.token(descriptor, generation)
    try Syscall.check(epoll_ctl(epoll.raw, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl")
    watches[descriptor] = Watch(generation: generation, handler: handler)
  }

  /// Changes what is waited for on a descriptor; an empty set pauses it.
  package func modify(_ descriptor: Int32, _ events: Events) throws(SyscallError) {
    guard let watch = watches[descriptor] else {
      throw SyscallError("epoll_ctl", errno: ENOENT)
    }
    var event = epoll_event()
    event.events = events.rawValue
    event.data.u64 = Self.token(descriptor, watch.generation)
    try Syscall.check(epoll_ctl(epoll.raw, EPOLL_CTL_MOD, descriptor, &event), "epoll_ctl")
  }

  /// Forgets a descriptor. Call it before closing the descriptor.
  package func remove(_ descriptor: Int32) {
    guard watches.removeValue(forKey: descriptor) != nil else { return }
    var event = epoll_event()
    _ = epoll_ctl(epoll.raw, EPOLL_CTL_DEL, descriptor, &event)
  }

  /// Calls `handler` once, after at least `nanoseconds`.
  @discardableResult
  package func after(nanoseconds: UInt64, _ handler: @escaping () -> Void) -> Timer {
    let deadline = Clock.monotonicNanoseconds() &+ nanoseconds
    return Timer(number: timers.insert(deadline: deadline, handler: handler))
  }

  /// Takes a timer back; one that fired already is not an error.
  package func cancel(_ timer: Timer) { timers.cancel(timer.number) }

  /// Calls `handler` when a signal arrives. The signal is blocked in the calling thread: call this
  /// before other threads start.
  package func onSignals(
    _ numbers: [Int32], _ handler: @escaping (Int32) -> Void
  ) throws(SyscallError) {
    for number in numbers { signalHandlers[number] = handler }
    var set = sigset_t()
    sigemptyset(&set)
    for number in signalHandlers.keys { sigaddset(&set, number) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    let descriptor = try Syscall.check(
      signalfd(signals?.raw ?? -1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK)),
      "signalfd")
    guard signals == nil else { return }
    signals = OwnedDescriptor(descriptor)
    try add(descriptor) { [unowned self] _ in readSignals() }
  }

  /// Calls handlers until `stop`.
  package func run() throws(SyscallError) {
    isStopped = false
    while !isStopped { try turn(timeoutNanoseconds: nil) }
  }

  /// Ends `run` after the current handler.
  package func stop() { isStopped = true }

  /// Waits once, at most `timeoutNanoseconds`, and calls the handlers of what is ready.
  package func turn(timeoutNanoseconds: UInt64?) throws(SyscallError) {
    let now = Clock.monotonicNanoseconds()
    let untilTimer = timers.nextDeadline.map { $0 > now ? $0 - now : 0 }
    let wait = [untilTimer, timeoutNanoseconds].compactMap { $0 }.min()
    let milliseconds = wait.map { Int32(min(($0 + 999_999) / 1_000_000, 3_600_000)) } ?? -1
    var ready = [epoll_event](repeating: epoll_event(), count: 64)
    let count = try Syscall.retry("epoll_wait") { epoll_wait(epoll.raw, &ready, 64, milliseconds) }
    for event in ready.prefix(Int(count)) {
      let descriptor = Int32(truncatingIfNeeded: event.data.u64 & 0xFFFF_FFFF)
      // An earlier handler may have removed the watch, or put another on the same number.
      guard let watch = watches[descriptor],
        Self.token(descriptor, watch.generation) == event.data.u64
      else { continue }
      watch.handler(Events(rawValue: event.events))
      if isStopped { return }
    }
    fireTimers()
  }

  private func fireTimers() {
    let now = Clock.monotonicNanoseconds()
    while !isStopped, let handler = timers.popDue(now: now) { handler() }
  }

  private func readSignals() {
    guard let signals else { return }
    var information = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    while read(signals.raw, &information, size) == size {
      let number = Int32(information.ssi_signo)
      signalHandlers[number]?(number)
    }
  }

  private static func token(_ descriptor: Int32, _ generation: UInt32) -> UInt64 {
    UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
  }
}

/// Timers by deadline: a binary heap; cancelled ones stay in it until their turn.
struct TimerQueue {
  private struct Entry {
    let deadline: UInt64
    let number: UInt64
  }

  private var heap: [Entry] = []
  private var handlers: [UInt64: () -> Void] = [:]
  private var next: UInt64 = 0

  init() {}

  mutating func insert(deadline: UInt64, handler: @escaping () -> Void) -> UInt64 {
    next += 1
    handlers[next] = handler
    heap.append(Entry(deadline: deadline, number: next))
    siftUp(heap.count - 1)
    return next
  }

  mutating func cancel(_ number: UInt64) {
    handlers[number] = nil
    dropCancelled()
  }

  /// The earliest deadline of a timer that was not cancelled.
  var nextDeadline: UInt64? { heap.first?.deadline }

  /// Takes the handler of a timer whose time has come; equal deadlines in the order of insertion.
  mutating func popDue(now: UInt64) -> (() -> Void)? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    let handler = handlers.removeValue(forKey: first.number)
    removeFirst()
    dropCancelled()
    return handler
  }

  private mutating func dropCancelled() {
    while let first = heap.first, handlers[first.number] == nil { removeFirst() }
  }

  private mutating func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var index = 0
    while true {
      var smallest = index
      for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
        if isBefore(child, smallest) { smallest = child }
      }
      if smallest == index { return }
      heap.swapAt(index, smallest)
      index = smallest
    }
  }

  private mutating func siftUp(_ start: Int) {
    var index = start
    while index > 0, isBefore(index, (index - 1) / 2) {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private func isBefore(_ one: Int, _ other: Int) -> Bool {
    (heap[one].deadline, heap[one].number) < (heap[other].deadline, heap[other].number)
  }
}
